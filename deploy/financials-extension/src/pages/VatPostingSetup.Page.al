// VAT Posting Setup (table 325): percent of VAT by the groups of customer and product, to read only.
page 72118 "Tandem VAT Posting Setup"
{
    PageType = API;
    Caption = 'Vat Posting Setup', Locked = true;
    APIPublisher = 'tandem';
    APIGroup = 'integration';
    APIVersion = 'v1.0';
    EntityName = 'vatPostingSetupEntry';
    EntitySetName = 'vatPostingSetup';
    SourceTable = "VAT Posting Setup";
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
                field(vatBusinessPostingGroup; Rec."VAT Bus. Posting Group")
                {
                    Caption = 'Vat Business Posting Group', Locked = true;
                }
                field(vatProductPostingGroup; Rec."VAT Prod. Posting Group")
                {
                    Caption = 'Vat Product Posting Group', Locked = true;
                }
                field(vatCalculationType; Rec."VAT Calculation Type")
                {
                    Caption = 'Vat Calculation Type', Locked = true;
                }
                field(vatPercent; Rec."VAT %")
                {
                    Caption = 'Vat Percent', Locked = true;
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
