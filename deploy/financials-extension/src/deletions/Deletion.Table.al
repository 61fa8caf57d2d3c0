// One deleted record of a table that Tandem keeps in step.
table 72100 "Tandem Deletion"
{
    Caption = 'Tandem Deletion';
    DataClassification = SystemMetadata;
    Extensible = false;
    ReplicateData = false;

    fields
    {
        field(1; "Entry No."; BigInteger)
        {
            Caption = 'Entry No.';
            AutoIncrement = true;
        }
        field(2; "Table No."; Integer)
        {
            Caption = 'Table No.';
        }
        field(3; "Record System Id"; Guid)
        {
            Caption = 'Record System Id';
        }
        field(4; "Record Key"; Text[250])
        {
            Caption = 'Record Key';
        }
        field(5; "Deleted At"; DateTime)
        {
            Caption = 'Deleted At';
        }
    }

    keys
    {
        key(PK; "Entry No.")
        {
            Clustered = true;
        }
        key(ByTable; "Table No.", "Entry No.")
        {
        }
    }
}
