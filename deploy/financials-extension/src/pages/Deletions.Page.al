// The log of deleted records, to read only: each row was written in the transaction that deleted the record.
page 72115 "Tandem Deletions"
{
    PageType = API;
    Caption = 'Deletions', Locked = true;
    APIPublisher = 'tandem';
    APIGroup = 'integration';
    APIVersion = 'v1.0';
    EntityName = 'deletion';
    EntitySetName = 'deletions';
    SourceTable = "Tandem Deletion";
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
                field(entryNumber; Rec."Entry No.")
                {
                    Caption = 'Entry Number', Locked = true;
                }
                field(tableNumber; Rec."Table No.")
                {
                    Caption = 'Table Number', Locked = true;
                }
                field(recordId; Rec."Record System Id")
                {
                    Caption = 'Record Id', Locked = true;
                }
                field(recordKey; Rec."Record Key")
                {
                    Caption = 'Record Key', Locked = true;
                }
                field(deletedAt; Rec."Deleted At")
                {
                    Caption = 'Deleted At', Locked = true;
                }
                field(systemRowVersion; Rec.SystemRowVersion)
                {
                    Caption = 'System Row Version', Locked = true;
                }
            }
        }
    }
}
