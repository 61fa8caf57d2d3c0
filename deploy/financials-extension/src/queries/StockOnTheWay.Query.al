// Outstanding on purchase orders in base units, by item, variant, location and expected date.
query 72152 "Tandem Stock On The Way"
{
    QueryType = API;
    Caption = 'Stock On The Way', Locked = true;
    APIPublisher = 'tandem';
    APIGroup = 'integration';
    APIVersion = 'v1.0';
    EntityName = 'stockOnTheWayEntry';
    EntitySetName = 'stockOnTheWay';
    DataAccessIntent = ReadOnly;
    OrderBy = ascending(itemNumber), ascending(variantCode), ascending(locationCode), ascending(expectedReceiptDate);

    elements
    {
        dataitem(PurchaseLine; "Purchase Line")
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
            column(expectedReceiptDate; "Expected Receipt Date")
            {
                Caption = 'Expected Receipt Date', Locked = true;
            }
            column(quantity; "Outstanding Qty. (Base)")
            {
                Caption = 'Quantity', Locked = true;
                Method = Sum;
            }
        }
    }
}
