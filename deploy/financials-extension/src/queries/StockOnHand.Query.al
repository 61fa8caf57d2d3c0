// Stock on hand in base units, by item, variant and location.
query 72150 "Tandem Stock On Hand"
{
    QueryType = API;
    Caption = 'Stock On Hand', Locked = true;
    APIPublisher = 'tandem';
    APIGroup = 'integration';
    APIVersion = 'v1.0';
    EntityName = 'stockOnHandEntry';
    EntitySetName = 'stockOnHand';
    DataAccessIntent = ReadOnly;
    OrderBy = ascending(itemNumber), ascending(variantCode), ascending(locationCode);

    elements
    {
        dataitem(ItemLedgerEntry; "Item Ledger Entry")
        {
            column(itemNumber; "Item No.")
            {
                Caption = 'Item Number', Locked = true;
            }
            column(variantCode; "Variant Code")
            {
                Caption = 'Variant Code', Locked = true;
            }
            column(locationCode; "Location Code")
            {
                Caption = 'Location Code', Locked = true;
            }
            column(quantity; Quantity)
            {
                Caption = 'Quantity', Locked = true;
                Method = Sum;
            }
        }
    }
}
