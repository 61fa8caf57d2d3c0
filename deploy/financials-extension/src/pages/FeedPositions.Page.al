// One row: every change with a row version below this one is committed, so a reader may start its next reading there.
page 72116 "Tandem Feed Positions"
{
    PageType = API;
    Caption = 'Feed Positions', Locked = true;
    APIPublisher = 'tandem';
    APIGroup = 'integration';
    APIVersion = 'v1.0';
    EntityName = 'feedPosition';
    EntitySetName = 'feedPositions';
    SourceTable = "Company Information";
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
                field(minimumActiveRowVersion; LowestActiveRowVersion)
                {
                    Caption = 'Minimum Active Row Version', Locked = true;
                }
            }
        }
    }

    trigger OnAfterGetRecord()
    begin
        LowestActiveRowVersion := Database.MinimumActiveRowVersion();
    end;

    var
        LowestActiveRowVersion: BigInteger;
}
