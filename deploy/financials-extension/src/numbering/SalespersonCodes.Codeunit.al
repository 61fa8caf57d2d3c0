// The codes of salespeople that come from Sales: they count up from SP NO. 00001.
codeunit 72101 "Tandem Salesperson Codes"
{
    Access = Internal;

    procedure NextCode(): Code[20]
    var
        SalespersonPurchaser: Record "Salesperson/Purchaser";
    begin
        SalespersonPurchaser.ReadIsolation := IsolationLevel::UpdLock;
        SalespersonPurchaser.SetLoadFields("Code");
        SalespersonPurchaser.SetFilter("Code", SeriesFilterTok);
        if SalespersonPurchaser.FindLast() then
            exit(IncStr(SalespersonPurchaser."Code"));
        exit(FirstCodeTok);
    end;

    var
        SeriesFilterTok: Label 'SP NO. 0*', Locked = true;
        FirstCodeTok: Label 'SP NO. 00001', Locked = true;
}
