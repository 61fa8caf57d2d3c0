// Writes a row into the deletion log whenever a record of a table that Tandem keeps in step is deleted.
codeunit 72100 "Tandem Deletion Log"
{
    Access = Internal;
    Permissions = tabledata "Tandem Deletion" = ri;

    [EventSubscriber(ObjectType::Table, Database::"Salesperson/Purchaser", 'OnAfterDeleteEvent', '', false, false)]
    local procedure LogDeletionOfSalespersonPurchaser(var Rec: Record "Salesperson/Purchaser"; RunTrigger: Boolean)
    begin
        if not Rec.IsTemporary() then
            LogDeletion(Database::"Salesperson/Purchaser", Rec.SystemId, Rec."Code");
    end;

    [EventSubscriber(ObjectType::Table, Database::Currency, 'OnAfterDeleteEvent', '', false, false)]
    local procedure LogDeletionOfCurrency(var Rec: Record Currency; RunTrigger: Boolean)
    begin
        if not Rec.IsTemporary() then
            LogDeletion(Database::Currency, Rec.SystemId, Rec."Code");
    end;

    [EventSubscriber(ObjectType::Table, Database::"Currency Exchange Rate", 'OnAfterDeleteEvent', '', false, false)]
    local procedure LogDeletionOfCurrencyExchangeRate(var Rec: Record "Currency Exchange Rate"; RunTrigger: Boolean)
    begin
        if not Rec.IsTemporary() then
            LogDeletion(Database::"Currency Exchange Rate", Rec.SystemId, Rec."Currency Code" + ';' + Format(Rec."Starting Date", 0, 9));
    end;

    [EventSubscriber(ObjectType::Table, Database::"Payment Terms", 'OnAfterDeleteEvent', '', false, false)]
    local procedure LogDeletionOfPaymentTerms(var Rec: Record "Payment Terms"; RunTrigger: Boolean)
    begin
        if not Rec.IsTemporary() then
            LogDeletion(Database::"Payment Terms", Rec.SystemId, Rec."Code");
    end;

    [EventSubscriber(ObjectType::Table, Database::"Shipment Method", 'OnAfterDeleteEvent', '', false, false)]
    local procedure LogDeletionOfShipmentMethod(var Rec: Record "Shipment Method"; RunTrigger: Boolean)
    begin
        if not Rec.IsTemporary() then
            LogDeletion(Database::"Shipment Method", Rec.SystemId, Rec."Code");
    end;

    [EventSubscriber(ObjectType::Table, Database::"Shipping Agent", 'OnAfterDeleteEvent', '', false, false)]
    local procedure LogDeletionOfShippingAgent(var Rec: Record "Shipping Agent"; RunTrigger: Boolean)
    begin
        if not Rec.IsTemporary() then
            LogDeletion(Database::"Shipping Agent", Rec.SystemId, Rec."Code");
    end;

    [EventSubscriber(ObjectType::Table, Database::"Unit of Measure", 'OnAfterDeleteEvent', '', false, false)]
    local procedure LogDeletionOfUnitofMeasure(var Rec: Record "Unit of Measure"; RunTrigger: Boolean)
    begin
        if not Rec.IsTemporary() then
            LogDeletion(Database::"Unit of Measure", Rec.SystemId, Rec."Code");
    end;

    [EventSubscriber(ObjectType::Table, Database::Customer, 'OnAfterDeleteEvent', '', false, false)]
    local procedure LogDeletionOfCustomer(var Rec: Record Customer; RunTrigger: Boolean)
    begin
        if not Rec.IsTemporary() then
            LogDeletion(Database::Customer, Rec.SystemId, Rec."No.");
    end;

    [EventSubscriber(ObjectType::Table, Database::Contact, 'OnAfterDeleteEvent', '', false, false)]
    local procedure LogDeletionOfContact(var Rec: Record Contact; RunTrigger: Boolean)
    begin
        if not Rec.IsTemporary() then
            LogDeletion(Database::Contact, Rec.SystemId, Rec."No.");
    end;

    [EventSubscriber(ObjectType::Table, Database::"Contact Business Relation", 'OnAfterDeleteEvent', '', false, false)]
    local procedure LogDeletionOfContactBusinessRelation(var Rec: Record "Contact Business Relation"; RunTrigger: Boolean)
    begin
        if not Rec.IsTemporary() then
            LogDeletion(Database::"Contact Business Relation", Rec.SystemId, Rec."Contact No." + ';' + Format(Rec."Link to Table", 0, 9) + ';' + Rec."No.");
    end;

    [EventSubscriber(ObjectType::Table, Database::Item, 'OnAfterDeleteEvent', '', false, false)]
    local procedure LogDeletionOfItem(var Rec: Record Item; RunTrigger: Boolean)
    begin
        if not Rec.IsTemporary() then
            LogDeletion(Database::Item, Rec.SystemId, Rec."No.");
    end;

    [EventSubscriber(ObjectType::Table, Database::"Item Unit of Measure", 'OnAfterDeleteEvent', '', false, false)]
    local procedure LogDeletionOfItemUnitofMeasure(var Rec: Record "Item Unit of Measure"; RunTrigger: Boolean)
    begin
        if not Rec.IsTemporary() then
            LogDeletion(Database::"Item Unit of Measure", Rec.SystemId, Rec."Item No." + ';' + Rec."Code");
    end;

    [EventSubscriber(ObjectType::Table, Database::Resource, 'OnAfterDeleteEvent', '', false, false)]
    local procedure LogDeletionOfResource(var Rec: Record Resource; RunTrigger: Boolean)
    begin
        if not Rec.IsTemporary() then
            LogDeletion(Database::Resource, Rec.SystemId, Rec."No.");
    end;

    [EventSubscriber(ObjectType::Table, Database::"Customer Price Group", 'OnAfterDeleteEvent', '', false, false)]
    local procedure LogDeletionOfCustomerPriceGroup(var Rec: Record "Customer Price Group"; RunTrigger: Boolean)
    begin
        if not Rec.IsTemporary() then
            LogDeletion(Database::"Customer Price Group", Rec.SystemId, Rec."Code");
    end;

    [EventSubscriber(ObjectType::Table, Database::"Sales Price", 'OnAfterDeleteEvent', '', false, false)]
    local procedure LogDeletionOfSalesPrice(var Rec: Record "Sales Price"; RunTrigger: Boolean)
    begin
        if not Rec.IsTemporary() then
            LogDeletion(Database::"Sales Price", Rec.SystemId, Rec."Item No." + ';' + Format(Rec."Sales Type", 0, 9) + ';' + Rec."Sales Code" + ';' + Format(Rec."Starting Date", 0, 9) + ';' + Rec."Currency Code" + ';' + Rec."Variant Code" + ';' + Rec."Unit of Measure Code" + ';' + Format(Rec."Minimum Quantity", 0, 9));
    end;

    // Whoever deletes a customer needs no right to the log.
    [InherentPermissions(PermissionObjectType::TableData, Database::"Tandem Deletion", 'RI')]
    local procedure LogDeletion(TableNumber: Integer; RecordSystemId: Guid; RecordKey: Text)
    var
        TandemDeletion: Record "Tandem Deletion";
    begin
        TandemDeletion."Table No." := TableNumber;
        TandemDeletion."Record System Id" := RecordSystemId;
        TandemDeletion."Record Key" := CopyStr(RecordKey, 1, MaxStrLen(TandemDeletion."Record Key"));
        TandemDeletion."Deleted At" := CurrentDateTime();
        TandemDeletion.Insert();
    end;
}
