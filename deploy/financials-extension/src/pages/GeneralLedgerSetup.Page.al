// General Ledger Setup (table 98): how amounts in the local currency are rounded, to read only.
page 72117 "Tandem General Ledger Setup"
{
    PageType = API;
    Caption = 'General Ledger Setup', Locked = true;
    APIPublisher = 'tandem';
    APIGroup = 'integration';
    APIVersion = 'v1.0';
    EntityName = 'generalLedgerSetupRecord';
    EntitySetName = 'generalLedgerSetup';
    SourceTable = "General Ledger Setup";
    ODataKeyFields = SystemId;
    DelayedInsert = true;
    Extensible = false;
    Editable = false;
    InsertAllowed = false;
    ModifyAllowed = false;
    DeleteAllowed = false;

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
                field(primaryKey; Rec."Primary Key")
                {
                    Caption = 'Primary Key', Locked = true;
                }
                field(lcyCode; Rec."LCY Code")
                {
                    Caption = 'Lcy Code', Locked = true;
                }
                field(localCurrencySymbol; Rec."Local Currency Symbol")
                {
                    Caption = 'Local Currency Symbol', Locked = true;
                }
                field(amountRoundingPrecision; Rec."Amount Rounding Precision")
                {
                    Caption = 'Amount Rounding Precision', Locked = true;
                }
                field(unitAmountRoundingPrecision; Rec."Unit-Amount Rounding Precision")
                {
                    Caption = 'Unit Amount Rounding Precision', Locked = true;
                }
                field(systemModifiedAt; Rec.SystemModifiedAt)
                {
                    Caption = 'System Modified At', Locked = true;
                }
                field(systemRowVersion; Rec.SystemRowVersion)
                {
                    Caption = 'System Row Version', Locked = true;
                }
            }
        }
    }
}
