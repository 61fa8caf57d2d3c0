// Currencies (table 4) with every field that Tandem maps; a new record takes the id that the caller gives it.
page 72101 "Tandem Currencies"
{
    PageType = API;
    Caption = 'Currencies', Locked = true;
    APIPublisher = 'tandem';
    APIGroup = 'integration';
    APIVersion = 'v1.0';
    EntityName = 'currency';
    EntitySetName = 'currencies';
    SourceTable = Currency;
    ODataKeyFields = SystemId;
    DelayedInsert = true;
    Extensible = false;

    layout
    {
        area(Content)
        {
            repeater(Records)
            {
                field(id; Rec.SystemId)
                {
                    Caption = 'Id', Locked = true;
                }
                field("code"; Rec."Code")
                {
                    Caption = 'Code', Locked = true;
                }
                field(description; Rec.Description)
                {
                    Caption = 'Description', Locked = true;
                }
                field(symbol; Rec.Symbol)
                {
                    Caption = 'Symbol', Locked = true;
                }
                field(isoCode; Rec."ISO Code")
                {
                    Caption = 'Iso Code', Locked = true;
                }
                field(amountRoundingPrecision; Rec."Amount Rounding Precision")
                {
                    Caption = 'Amount Rounding Precision', Locked = true;
                }
                field(unitAmountRoundingPrecision; Rec."Unit-Amount Rounding Precision")
                {
                    Caption = 'Unit Amount Rounding Precision', Locked = true;
                }
                field(exchangeRate; TodaysRate)
                {
                    Caption = 'Exchange Rate', Locked = true;
                    Editable = false;
                }
                field(systemModifiedAt; Rec.SystemModifiedAt)
                {
                    Caption = 'System Modified At', Locked = true;
                    Editable = false;
                }
                field(systemRowVersion; Rec.SystemRowVersion)
                {
                    Caption = 'System Row Version', Locked = true;
                    Editable = false;
                }
            }
        }
    }

    trigger OnAfterGetRecord()
    begin
        TodaysRate := TandemExchangeRates.LocalCurrencyPerUnit(Rec."Code", Today());
    end;

    trigger OnInsertRecord(BelowxRec: Boolean): Boolean
    begin
        if IsNullGuid(Rec.SystemId) then
            exit(true);
        Rec.Insert(true, true);
        exit(false);
    end;

    var
        TandemExchangeRates: Codeunit "Tandem Exchange Rates";
        TodaysRate: Decimal;
}
