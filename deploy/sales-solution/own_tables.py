"""Tables that a solution brings, and the relationships on which its lookups stand."""

from attributes import attribute, primary_key
from contents import Column, OwnTable, Solution, Table
from forms import own_form
from markup import Element, element, labels, texts
from system_columns import system_columns
from views import saved_queries

_OFF = (
    "IsDuplicateCheckSupported", "IsBusinessProcessEnabled", "IsRequiredOffline", "IsInteractionCentricEnabled",
    "IsCollaboration", "AutoRouteToOwnerQueue", "IsConnectionsEnabled", "IsDocumentManagementEnabled",
    "AutoCreateAccessTeams", "IsOneNoteIntegrationEnabled", "IsKnowledgeManagementEnabled", "IsSLAEnabled",
    "IsDocumentRecommendationsEnabled", "IsBPFEntity",
)  # fmt: skip
_ALSO_OFF = (
    "IsActivityParty", "IsReplicated", "IsReplicationUserFiltered", "IsMailMergeEnabled", "IsVisibleInMobile",
    "IsVisibleInMobileClient", "IsReadOnlyInMobileClient", "IsOfflineInMobileClient",
)  # fmt: skip
_ON = (
    "IsCustomizable", "IsRenameable", "IsMappable", "CanModifyAuditSettings", "CanModifyMobileVisibility",
    "CanModifyMobileClientVisibility", "CanModifyMobileClientReadOnly", "CanModifyMobileClientOffline",
    "CanModifyConnectionSettings", "CanModifyDuplicateDetectionSettings", "CanModifyMailMergeSettings",
    "CanModifyQueueSettings", "CanCreateAttributes", "CanCreateForms", "CanCreateCharts", "CanCreateViews",
    "CanModifyAdditionalSettings", "CanEnableSyncToExternalSearchIndex",
)  # fmt: skip
"""An import wants all of these said, in the order of exports. The table uses no feature beyond rows and columns."""


def own_entity(solution: Solution, table: OwnTable) -> Element:
    """The ``Entity`` element of a table whose code Dataverse gives out when it is imported."""
    title = table.title[1033]
    name, *others = table.columns
    return element(
        "Entity",
        element("Name", text=table.name, LocalizedName=title, OriginalName=title),
        element(
            "EntityInfo",
            element(
                "entity",
                labels("LocalizedNames", "LocalizedName", table.title),
                labels("LocalizedCollectionNames", "LocalizedCollectionName", table.titles),
                labels("Descriptions", "Description", table.description),
                element(
                    "attributes",
                    primary_key(solution, table),
                    attribute(solution, name, is_name=True),
                    *(attribute(solution, column) for column in others),
                    *system_columns(solution, table),
                ),
                element("EntitySetName", text=table.entity_set),
                *(element(flag, text=0) for flag in _OFF),
                *texts(
                    OwnershipTypeMask="OrgOwned",
                    IsAuditEnabled=1,
                    IsRetrieveAuditEnabled=0,
                    IsRetrieveMultipleAuditEnabled=0,
                    IsActivity=0,
                ),
                element("ActivityTypeMask"),
                *(element(flag, text=0) for flag in _ALSO_OFF),
                *texts(
                    IsMapiGridEnabled=1,
                    IsReadingPaneEnabled=1,
                    IsQuickCreateEnabled=0,
                    SyncToExternalSearchIndex=0,
                    IntroducedVersion=solution.version,
                ),
                *(element(flag, text=1) for flag in _ON),
                *texts(
                    EnforceStateTransitions=0,
                    CanChangeHierarchicalRelationship=1,
                    EntityHelpUrlEnabled=0,
                    ChangeTrackingEnabled=1,
                    CanChangeTrackingBeEnabled=1,
                    IsEnabledForExternalChannels=0,
                ),
                Name=table.name,
            ),
        ),
        element("FormXml", element("forms", own_form(solution, table), type="main")),
        saved_queries(solution, table),
        element("RibbonDiffXml"),
    )


def relationship(solution: Solution, table: Table, lookup: Column) -> Element:
    """From one row of the lookup's target to many rows of the table; nothing cascades along it."""
    name = f"{lookup.target}_{table.name}"
    return element(
        "EntityRelationship",
        *texts(
            EntityRelationshipType="OneToMany",
            IsCustomizable=1,
            IntroducedVersion=solution.version,
            IsHierarchical=0,
            ReferencingEntityName=table.schema_name,
            ReferencedEntityName=lookup.target,
            CascadeAssign="NoCascade",
            CascadeDelete="RemoveLink",
            CascadeArchive="RemoveLink",
            CascadeReparent="NoCascade",
            CascadeShare="NoCascade",
            CascadeUnshare="NoCascade",
            CascadeRollupView="NoCascade",
            IsValidForAdvancedFind=1,
            ReferencingAttributeName=lookup.name,
        ),
        element("RelationshipDescription", labels("Descriptions", "Description", lookup.description)),
        element(
            "EntityRelationshipRoles",
            element(
                "EntityRelationshipRole",
                *texts(
                    NavPaneDisplayOption="DoNotDisplay",
                    NavPaneArea="Details",
                    NavPaneOrder=10000,
                    NavigationPropertyName=lookup.name,
                    RelationshipRoleType=1,
                ),
            ),
            element("EntityRelationshipRole", *texts(NavigationPropertyName=name, RelationshipRoleType=0)),
        ),
        Name=name,
    )
