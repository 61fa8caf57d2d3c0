// Prices of many lines in one call, by whatever code this company prices its orders with. Published as web service TandemPricing:
// POST .../ODataV4/TandemPricing_GetPrices?company=... with {"question": "<JSON text>"}; the value returned is JSON text, too.
// Decimals are text in XML format both ways. Nothing is stored: header and lines are temporary records.
codeunit 72103 "Tandem Prices"
{
    procedure GetPrices(question: Text): Text
    var
        TempSalesHeader: Record "Sales Header" temporary;
        Questions: JsonObject;
        Answer: JsonObject;
        Prices: JsonArray;
        LinesToken: JsonToken;
        LineToken: JsonToken;
        AnswerText: Text;
    begin
        if not Questions.ReadFrom(question) then
            Error(NotJsonErr);
        if not Questions.Get('lines', LinesToken) then
            Error(NoLinesErr);
        DraftHeader(TempSalesHeader, Questions);
        foreach LineToken in LinesToken.AsArray() do
            Prices.Add(PriceOf(TempSalesHeader, LineToken.AsObject()));
        Answer.Add('lines', Prices);
        Answer.WriteTo(AnswerText);
        exit(AnswerText);
    end;

    local procedure DraftHeader(var TempSalesHeader: Record "Sales Header" temporary; Questions: JsonObject)
    var
        GeneralLedgerSetup: Record "General Ledger Setup";
        CurrencyCode: Code[10];
        OnDate: Date;
    begin
        OnDate := WorkDate();
        if TextOf(Questions, 'date') <> '' then
            Evaluate(OnDate, TextOf(Questions, 'date'), 9);
        TempSalesHeader.Init();
        TempSalesHeader."Document Type" := TempSalesHeader."Document Type"::Order;
        TempSalesHeader."No." := DraftNoTok;
        TempSalesHeader.SetHideValidationDialog(true);
        // Prices are those of the order date, exchange rates those of the posting date.
        TempSalesHeader."Order Date" := OnDate;
        TempSalesHeader."Posting Date" := OnDate;
        TempSalesHeader."Document Date" := OnDate;
        TempSalesHeader."Shipment Date" := OnDate;
        TempSalesHeader.Validate("Sell-to Customer No.", CopyStr(TextOf(Questions, 'customer'), 1, MaxStrLen(TempSalesHeader."Sell-to Customer No.")));
        TempSalesHeader.TestField("Sell-to Customer No.");
        CurrencyCode := CopyStr(TextOf(Questions, 'currency'), 1, MaxStrLen(CurrencyCode));
        GeneralLedgerSetup.Get();
        if CurrencyCode = GeneralLedgerSetup."LCY Code" then
            CurrencyCode := '';
        TempSalesHeader.Validate("Currency Code", CurrencyCode);
        // Not validated: that would ask for dimensions, which have no part in a price.
        TempSalesHeader."Campaign No." := CopyStr(TextOf(Questions, 'campaign'), 1, MaxStrLen(TempSalesHeader."Campaign No."));
        TempSalesHeader.Insert(false);
    end;

    local procedure PriceOf(var TempSalesHeader: Record "Sales Header" temporary; Line: JsonObject): JsonObject
    var
        TempSalesLine: Record "Sales Line" temporary;
        TandemPriceLine: Codeunit "Tandem Price Line";
        Price: JsonObject;
    begin
        TempSalesLine.Init();
        TempSalesLine."Document Type" := TempSalesHeader."Document Type";
        TempSalesLine."Document No." := TempSalesHeader."No.";
        TempSalesLine."Line No." := 10000;
        TandemPriceLine.SetQuestion(
            TempSalesHeader, TextOf(Line, 'kind'), TextOf(Line, 'number'), TextOf(Line, 'variant'), TextOf(Line, 'unit'), TextOf(Line, 'quantity'));
        // A line that cannot be priced says why, and takes no other with it.
        if TandemPriceLine.Run(TempSalesLine) then begin
            Price.Add('unitPrice', Format(TempSalesLine."Unit Price", 0, 9));
            Price.Add('lineDiscountPercent', Format(TempSalesLine."Line Discount %", 0, 9));
            Price.Add('includesVat', TempSalesHeader."Prices Including VAT");
            Price.Add('error', '');
        end else begin
            Price.Add('unitPrice', '');
            Price.Add('lineDiscountPercent', '');
            Price.Add('includesVat', false);
            Price.Add('error', GetLastErrorText());
        end;
        exit(Price);
    end;

    local procedure TextOf(Container: JsonObject; Name: Text): Text
    var
        Token: JsonToken;
    begin
        if not Container.Get(Name, Token) then
            exit('');
        if Token.AsValue().IsNull() then
            exit('');
        exit(Token.AsValue().AsText());
    end;

    var
        DraftNoTok: Label 'TANDEM PRICES', Locked = true;
        NotJsonErr: Label 'The question is not valid JSON.';
        NoLinesErr: Label 'The question has no lines.';
}
