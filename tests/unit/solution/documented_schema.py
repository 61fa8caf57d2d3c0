"""What Microsoft's customization solution schemas (CustomizationsSolution.xsd, FormXml.xsd) say of the elements we use.

Written down here in a few tables instead of shipping the schemas: which children an element may have and in which
order, which attributes it must have, and what its values look like.
"""

import re
from xml.etree.ElementTree import Element

GUID = re.compile(r"\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}")
ZERO_ONE = re.compile(r"[01]")
BOOLEAN = re.compile(r"true|false|0|1")
INTEGER = re.compile(r"-?\d+")
VERSION = re.compile(r"\d+\.\d+\.\d+\.\d+")

SEQUENCES: dict[str, list[str]] = {
    "ImportExportXml": [
        "Entities", "Roles", "Workflows", "FieldSecurityProfiles", "Templates", "RibbonDiffXml", "IsvConfig",
        "RelationshipRoles", "ConnectionRoles", "SiteMap", "EntityMaps", "EntityRelationships", "OrganizationSettings",
        "optionsets", "Reports", "Dashboards", "WebResources", "CustomControls", "SolutionPluginAssemblies",
        "SdkMessageProcessingSteps", "ServiceEndpoints", "AppModuleSiteMaps", "AppModules", "Languages",
    ],
    "Entities": ["Entity"],
    "Roles": ["Role"],
    "Role": ["IsCustomizable", "IntroducedVersion", "RolePrivileges"],
    "RolePrivileges": ["RolePrivilege"],
    "WebResources": ["WebResource"],
    "WebResource": [
        "WebResourceId", "Name", "DisplayName", "Description", "SilverlightVersion", "LanguageCode", "WebResourceType",
        "IntroducedVersion", "IsEnabledForMobileClient", "IsAvailableForMobileOffline", "DependencyXml",
        "IsCustomizable", "CanBeDeleted", "IsHidden", "FileName",
    ],
    "Languages": ["Language"],
    "EntityInfo": ["entity"],
    "entity": [
        "LocalizedNames", "LocalizedCollectionNames", "Descriptions", "attributes", "EntitySetName",
        "IsDuplicateCheckSupported", "IsBusinessProcessEnabled", "IsRequiredOffline", "IsInteractionCentricEnabled",
        "IsCollaboration", "AutoRouteToOwnerQueue", "IsConnectionsEnabled", "IsDocumentManagementEnabled",
        "AutoCreateAccessTeams", "IsOneNoteIntegrationEnabled", "IsKnowledgeManagementEnabled", "IsSLAEnabled",
        "IsDocumentRecommendationsEnabled", "IsBPFEntity", "OwnershipTypeMask", "IsAuditEnabled",
        "IsRetrieveAuditEnabled", "IsRetrieveMultipleAuditEnabled", "IsActivity", "ActivityTypeMask",
        "IsActivityParty", "IsReplicated", "IsReplicationUserFiltered", "IsMailMergeEnabled", "IsVisibleInMobile",
        "IsVisibleInMobileClient", "IsReadOnlyInMobileClient", "IsOfflineInMobileClient", "IsMapiGridEnabled",
        "IsReadingPaneEnabled", "IsQuickCreateEnabled", "SyncToExternalSearchIndex", "IntroducedVersion",
        "IsCustomizable", "IsRenameable", "IsMappable", "CanModifyAuditSettings", "CanModifyMobileVisibility",
        "CanModifyMobileClientVisibility", "CanModifyMobileClientReadOnly", "CanModifyMobileClientOffline",
        "CanModifyConnectionSettings", "CanModifyDuplicateDetectionSettings", "CanModifyMailMergeSettings",
        "CanModifyQueueSettings", "CanCreateAttributes", "CanCreateForms", "CanCreateCharts", "CanCreateViews",
        "CanModifyAdditionalSettings", "CanEnableSyncToExternalSearchIndex", "EnforceStateTransitions",
        "CanChangeHierarchicalRelationship", "EntityHelpUrlEnabled", "ChangeTrackingEnabled",
        "CanChangeTrackingBeEnabled", "IsEnabledForExternalChannels",
    ],
    "EntityRelationships": ["EntityRelationship"],
    "EntityRelationshipRoles": ["EntityRelationshipRole"],
    "EntityRelationshipRole": [
        "NavPaneDisplayOption", "NavPaneArea", "NavPaneOrder", "NavigationPropertyName", "RelationshipRoleType",
    ],
    "attributes": ["attribute"],
    "displaynames": ["displayname"],
    "optionset": [
        "OptionSetType", "IsGlobal", "IntroducedVersion", "IsCustomizable", "displaynames", "Descriptions", "options",
        "statuses", "states",
    ],
    "states": ["state"],
    "statuses": ["status"],
    "state": ["labels", "Descriptions"],
    "status": ["labels", "Descriptions"],
    "SavedQueries": ["savedqueries"],
    "savedqueries": ["savedquery"],
    "Descriptions": ["Description"],
    "FormXml": ["forms"],
    "forms": ["systemform"],
    "tabs": ["tab"],
    "columns": ["column"],
    "column": ["sections"],
    "sections": ["section"],
    "rows": ["row"],
    "row": ["cell"],
    "LocalizedNames": ["LocalizedName"],
    "labels": ["label"],
    "control": ["labels", "parameters"],
    "formLibraries": ["Library"],
    "events": ["event"],
    "Handlers": ["Handler"],
    "Handler": ["dependencies"],
}  # fmt: skip
"""Children in this order, each as often as it likes unless ``ONCE`` says otherwise."""

ALL: dict[str, set[str]] = {
    "Entity": {
        "Name", "ObjectTypeCode", "EntityInfo", "FormXml", "SavedQueries", "Visualizations", "RibbonDiffXml", "Icons",
        "Strings", "HierarchyRules", "CustomControlDefaultConfigs",
    },
    "attribute": {
        "Type", "Name", "LogicalName", "IsCustomField", "ValidForCreateApi", "ValidForReadApi", "ValidForUpdateApi",
        "DisplayMask", "Length", "IsAuditEnabled", "ImeMode", "RequiredLevel", "Format", "MaxLength", "MinValue",
        "MaxValue", "Accuracy", "Descriptions", "displaynames", "IsSecured", "IsCustomizable", "IsRenameable",
        "CanModifySearchSettings", "CanModifyRequirementLevelSettings", "CanModifyAdditionalSettings",
        "IntroducedVersion", "SourceType", "Behavior", "CanChangeDateTimeBehavior", "IsGlobalFilterEnabled",
        "IsSortableEnabled", "CanModifyGlobalFilterSettings", "CanModifyIsSortableSettings", "LookupStyle",
        "LookupTypes", "optionset", "IsDataSourceSecret", "AutoNumberFormat", "IsSearchable", "IsFilterable",
        "IsRetrievable", "IsLocalizable",
    },
    "savedquery": {
        "IsCustomizable", "CanBeDeleted", "isquickfindquery", "isprivate", "isdefault", "savedqueryid", "layoutxml",
        "querytype", "fetchxml", "IntroducedVersion", "LocalizedNames", "Descriptions",
    },
    "EntityRelationship": {
        "EntityRelationshipType", "IsCustomizable", "IntroducedVersion", "IsHierarchical", "ReferencingEntityName",
        "ReferencedEntityName", "CascadeAssign", "CascadeDelete", "CascadeArchive", "CascadeReparent", "CascadeShare",
        "CascadeUnshare", "CascadeRollupView", "IsValidForAdvancedFind", "ReferencingAttributeName",
        "RelationshipDescription", "EntityRelationshipRoles",
    },
    "systemform": {
        "formid", "IntroducedVersion", "FormPresentation", "FormActivationState", "form", "IsCustomizable",
        "CanBeDeleted", "LocalizedNames", "Descriptions",
    },
    "form": {
        "ancestor", "hiddencontrols", "controlDescriptions", "tabs", "header", "footer", "events", "formLibraries",
        "externaldependencies", "formparameters", "clientresources", "Navigation", "DisplayConditions",
        "RibbonDiffXml",
    },
    "tab": {"labels", "tabheader", "tabfooter", "columns", "events"},
    "section": {"labels", "rows"},
    "cell": {"labels", "control", "events"},
    "event": {"Handlers", "InternalHandlers", "dependencies"},
    "parameters": {
        "Url", "PassParameters", "Security", "Scrolling", "Border", "Preload", "Height", "Width", "AltText", "SizeType",
        "ShowInROF", "ShowOnMobileClient", "HorizontalAlignment", "VerticalAlignment", "Data", "WebResourceId",
    },
}  # fmt: skip
"""Children in any order, each at most once."""

REQUIRED: dict[str, set[str]] = {
    "Role": {"id", "name"},
    "optionset": {"Name"},
    "state": {"value", "defaultstatus", "invariantname"},
    "status": {"value", "state"},
    "RolePrivilege": {"name", "level"},
    "EntityRelationship": {"Name"},
    "attribute": {"PhysicalName"},
    "entity": {"Name"},
    "Handler": {"functionName", "libraryName", "handlerUniqueId"},
    "Library": {"name", "libraryUniqueId"},
    "label": {"description", "languagecode"},
    "displayname": {"description", "languagecode"},
    "Description": {"description", "languagecode"},
    "column": {"width"},
}

VALUES: dict[str, re.Pattern[str]] = {
    "WebResourceId": GUID, "formid": GUID, "savedqueryid": GUID, "OptionSetType": re.compile("state|status"),
    "isquickfindquery": ZERO_ONE, "isprivate": ZERO_ONE, "isdefault": ZERO_ONE, "querytype": re.compile("[0124]|64"),
    "IntroducedVersion": VERSION, "WebResourceType": re.compile(r"[1-9]|1[0-2]"),
    "IsCustomizable": ZERO_ONE, "CanBeDeleted": ZERO_ONE, "IsHidden": ZERO_ONE, "IsEnabledForMobileClient": ZERO_ONE,
    "IsAvailableForMobileOffline": ZERO_ONE, "ObjectTypeCode": re.compile(r"[1-9]\d*"), "Language": re.compile(r"\d+"),
    "Type": re.compile("decimal|nvarchar|datetime|int|lookup|primarykey|state|status"),
    "IsCustomField": ZERO_ONE, "IsSecured": ZERO_ONE,
    "ValidForCreateApi": ZERO_ONE, "ValidForReadApi": ZERO_ONE, "ValidForUpdateApi": ZERO_ONE, "MaxLength": INTEGER,
    "OwnershipTypeMask": re.compile("OrgOwned|UserOwned"), "RequiredLevel": re.compile("none|required|systemrequired"),
    "EntityRelationshipType": re.compile("OneToMany"), "RelationshipRoleType": ZERO_ONE, "NavPaneOrder": INTEGER,
    "MinValue": INTEGER, "MaxValue": INTEGER, "Accuracy": INTEGER, "PassParameters": BOOLEAN, "Security": BOOLEAN,
    "ShowOnMobileClient": BOOLEAN, "FormActivationState": ZERO_ONE, "FormPresentation": re.compile("[0123]"),
}  # fmt: skip

ATTRIBUTES: dict[tuple[str, str], re.Pattern[str]] = {
    ("Role", "id"): GUID,
    ("RolePrivilege", "level"): re.compile("Basic|Local|Deep|Global"),
    ("tab", "id"): GUID,
    ("tab", "showlabel"): BOOLEAN,
    ("tab", "expanded"): BOOLEAN,
    ("tab", "verticallayout"): BOOLEAN,
    ("section", "id"): GUID,
    ("section", "columns"): INTEGER,
    ("section", "showlabel"): BOOLEAN,
    ("section", "showbar"): BOOLEAN,
    ("cell", "id"): GUID,
    ("cell", "showlabel"): BOOLEAN,
    ("cell", "auto"): BOOLEAN,
    ("cell", "rowspan"): INTEGER,
    ("cell", "colspan"): INTEGER,
    ("cell", "locklevel"): INTEGER,
    ("control", "classid"): GUID,
    ("control", "disabled"): BOOLEAN,
    ("column", "width"): re.compile(r"(100|\d{1,2})%"),
    ("Library", "libraryUniqueId"): GUID,
    ("Handler", "handlerUniqueId"): GUID,
    ("Handler", "enabled"): BOOLEAN,
    ("Handler", "passExecutionContext"): BOOLEAN,
    ("forms", "type"): re.compile("main|preview|mobile|quick|quickCreate|card|mainInteractionCentric"),
}


ELSEWHERE = {"fetchxml", "layoutxml"}
"""Queries and grids: other schemas describe them, with elements of the same names."""


def faults(root: Element, path: str = "") -> list[str]:
    """Everything below that the schemas would refuse, in words."""
    if root.tag in ELSEWHERE:
        return []
    here = f"{path}/{root.tag}"
    found = [f"{here}: no {name}" for name in sorted(REQUIRED.get(root.tag, set()) - root.attrib.keys())]
    for name, value in root.attrib.items():
        pattern = ATTRIBUTES.get((root.tag, name))
        if pattern and not pattern.fullmatch(value):
            found.append(f"{here}@{name}: {value}")
    pattern = VALUES.get(root.tag)
    if pattern and not pattern.fullmatch(root.text or ""):
        found.append(f"{here}: {root.text}")
    children = [child.tag for child in root]
    if root.tag in SEQUENCES:
        order = SEQUENCES[root.tag]
        places = [order.index(name) if name in order else -1 for name in children]
        if -1 in places or places != sorted(places):
            found.append(f"{here}: children {children}")
    if root.tag in ALL and (not set(children) <= ALL[root.tag] or len(children) != len(set(children))):
        found.append(f"{here}: children {children}")
    return found + [fault for child in root for fault in faults(child, here)]
