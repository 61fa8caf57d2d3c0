// One row: whether prices come from price lists, or from the older sales prices and sales line discounts.
page 72131 "Tandem Pricing Setup"
{
    PageType = API;
    Caption = 'Pricing Setup', Locked = true;
    APIPublisher = 'tandem';
    APIGroup = 'integration';
    APIVersion = 'v1.0';
    EntityName = 'pricingSetupRecord';
    EntitySetName = 'pricingSetup';
    SourceTable = "Sales & Receivables Setup";
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
                field(usesPriceLists; PriceListsAreUsed)
                {
                    Caption = 'Uses Price Lists', Locked = true;
                }
            }
        }
    }

    trigger OnAfterGetRecord()
    begin
        PriceListsAreUsed := PriceCalculationMgt.IsExtendedPriceCalculationEnabled();
    end;

    var
        PriceCalculationMgt: Codeunit "Price Calculation Mgt.";
        PriceListsAreUsed: Boolean;
}
