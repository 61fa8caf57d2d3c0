// What one unit of a currency costs in local currency, from the company's own rate table.
codeunit 72102 "Tandem Exchange Rates"
{
    Access = Internal;

    procedure LocalCurrencyPerUnit(CurrencyCode: Code[10]; OnDate: Date): Decimal
    var
        CurrencyExchangeRate: Record "Currency Exchange Rate";
        Rate: Decimal;
    begin
        CurrencyExchangeRate.SetRange("Currency Code", CurrencyCode);
        CurrencyExchangeRate.SetRange("Starting Date", 0D, OnDate);
        if not CurrencyExchangeRate.FindLast() then
            exit(0);
        if CurrencyExchangeRate."Exchange Rate Amount" = 0 then
            exit(0);
        Rate := CurrencyExchangeRate."Relational Exch. Rate Amount" / CurrencyExchangeRate."Exchange Rate Amount";
        if CurrencyExchangeRate."Relational Currency Code" in ['', CurrencyCode] then
            exit(Rate);
        exit(Rate * DirectRate(CurrencyExchangeRate."Relational Currency Code", OnDate));
    end;

    local procedure DirectRate(CurrencyCode: Code[10]; OnDate: Date): Decimal
    var
        CurrencyExchangeRate: Record "Currency Exchange Rate";
    begin
        CurrencyExchangeRate.SetRange("Currency Code", CurrencyCode);
        CurrencyExchangeRate.SetRange("Starting Date", 0D, OnDate);
        if not CurrencyExchangeRate.FindLast() then
            exit(0);
        if CurrencyExchangeRate."Exchange Rate Amount" = 0 then
            exit(0);
        exit(CurrencyExchangeRate."Relational Exch. Rate Amount" / CurrencyExchangeRate."Exchange Rate Amount");
    end;
}
