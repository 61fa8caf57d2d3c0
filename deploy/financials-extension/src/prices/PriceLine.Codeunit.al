// Fills in one temporary order line as a user would, so that the company's own code sets its price and discount.
codeunit 72104 "Tandem Price Line"
{
    Access = Internal;
    TableNo = "Sales Line";

    trigger OnRun()
    begin
        Rec.SetHideValidationDialog(true);
        Rec.SuspendStatusCheck(true);
        Rec."System-Created Entry" := true;
        Rec.SetSalesHeader(GlobalSalesHeader);
        case QuestionKind of
            'item':
                Rec.Validate(Type, Rec.Type::Item);
            'resource':
                Rec.Validate(Type, Rec.Type::Resource);
            else
                Error(UnknownKindErr, QuestionKind);
        end;
        Rec.Validate("No.", CopyStr(QuestionNumber, 1, MaxStrLen(Rec."No.")));
        if QuestionVariant <> '' then
            Rec.Validate("Variant Code", CopyStr(QuestionVariant, 1, MaxStrLen(Rec."Variant Code")));
        if QuestionUnit <> '' then
            Rec.Validate("Unit of Measure Code", CopyStr(QuestionUnit, 1, MaxStrLen(Rec."Unit of Measure Code")));
        Rec.Validate(Quantity, QuantityOf(QuestionQuantity));
    end;

    procedure SetQuestion(NewSalesHeader: Record "Sales Header"; Kind: Text; Number: Text; VariantCode: Text; UnitCode: Text; Quantity: Text)
    begin
        GlobalSalesHeader := NewSalesHeader;
        QuestionKind := Kind;
        QuestionNumber := Number;
        QuestionVariant := VariantCode;
        QuestionUnit := UnitCode;
        QuestionQuantity := Quantity;
    end;

    local procedure QuantityOf(QuantityText: Text): Decimal
    var
        Quantity: Decimal;
    begin
        if QuantityText = '' then
            exit(1);
        Evaluate(Quantity, QuantityText, 9);
        exit(Quantity);
    end;

    var
        GlobalSalesHeader: Record "Sales Header";
        QuestionKind: Text;
        QuestionNumber: Text;
        QuestionVariant: Text;
        QuestionUnit: Text;
        QuestionQuantity: Text;
        UnknownKindErr: Label '''%1'' is neither item nor resource.', Comment = '%1 = what the question calls the kind of the line';
}
