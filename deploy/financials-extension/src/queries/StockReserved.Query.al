// Outstanding on sales orders in base units, by item, variant and location.
query 72151 "Tandem Stock Reserved"
{
    QueryType = API;
    Caption = 'Stock Reserved', Locked = true;
    APIPublisher = 'tandem';
    APIGroup = 'integration';
    APIVersion = 'v1.0';
    EntityName = 'stockReservedEntry';
    EntitySetName = 'stockReserved';
    DataAccessIntent = ReadOnly;
    OrderBy = ascending(itemNumber), ascending(variantCode), ascending(locationCode);

    elements
    {
        dataitem(SalesLine; "Sales Line")
        {
            DataItemTableFilter = "Document Type" = const(Order), Type = const(Item);

            column(itemNumber; "No.")
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
            column(quantity; "Outstanding Qty. (Base)")
            {
                Caption = 'Quantity', Locked = true;
                Method = Sum;
            }
        }
    }
}
