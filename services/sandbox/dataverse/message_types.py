"""The unbound functions and actions that the sandbox carries out, in the terms of ``$metadata``."""

Fields = tuple[tuple[str, str], ...]

ENUMERATIONS: dict[str, tuple[str, ...]] = {
    "EndpointAccessType": ("Default", "Internet", "Intranet"),
    "EndpointType": ("OrganizationService", "OrganizationDataService", "WebApplication"),
    "OrganizationState": ("Enabled", "Disabled"),
    "LogicalOperator": ("And", "Or"),
    "ConditionOperator": (
        "Equal", "NotEqual", "GreaterThan", "LessThan", "GreaterEqual", "LessEqual", "Like", "NotLike", "In",
    ),
}  # fmt: skip
"""Name -> members, numbered from zero."""

COMPLEX_TYPES: dict[str, Fields] = {
    "WhoAmIResponse": (("BusinessUnitId", "Edm.Guid"), ("UserId", "Edm.Guid"), ("OrganizationId", "Edm.Guid")),
    "RetrieveVersionResponse": (("Version", "Edm.String"),),
    "RetrieveCurrentOrganizationResponse": (("Detail", "mscrm.OrganizationDetail"),),
    "OrganizationDetail": (
        ("OrganizationId", "Edm.Guid"),
        ("FriendlyName", "Edm.String"),
        ("OrganizationVersion", "Edm.String"),
        ("UrlName", "Edm.String"),
        ("UniqueName", "Edm.String"),
        ("State", "mscrm.OrganizationState"),
        ("Endpoints", "mscrm.EndpointCollection"),
    ),
    "EndpointCollection": (
        ("Count", "Edm.Int32"),
        ("Keys", "Collection(mscrm.EndpointType)"),
        ("Values", "Collection(Edm.String)"),
    ),
    "RetrieveTotalRecordCountResponse": (("EntityRecordCountCollection", "mscrm.EntityRecordCountCollection"),),
    "EntityRecordCountCollection": (
        ("Count", "Edm.Int32"),
        ("Keys", "Collection(Edm.String)"),
        ("Values", "Collection(Edm.Int64)"),
    ),
    "RetrieveExchangeRateResponse": (("ExchangeRate", "Edm.Decimal"),),
    "CreateMultipleResponse": (("Ids", "Collection(Edm.Guid)"),),
    "LocalizedLabel": (("Label", "Edm.String"), ("LanguageCode", "Edm.Int32")),
    "Label": (
        ("LocalizedLabels", "Collection(mscrm.LocalizedLabel)"),
        ("UserLocalizedLabel", "mscrm.LocalizedLabel"),
    ),
    "InsertOptionValueResponse": (("NewOptionValue", "Edm.Int32"),),
    "Object": (("Type", "Edm.String"), ("Value", "Edm.String")),
    "ConditionExpression": (
        ("AttributeName", "Edm.String"),
        ("Operator", "mscrm.ConditionOperator"),
        ("Values", "Collection(mscrm.Object)"),
    ),
    "FilterExpression": (
        ("FilterOperator", "mscrm.LogicalOperator"),
        ("Conditions", "Collection(mscrm.ConditionExpression)"),
    ),
    "QueryExpression": (("EntityName", "Edm.String"), ("Criteria", "mscrm.FilterExpression")),
    "BulkDeleteResponse": (("JobId", "Edm.Guid"),),
}

_OPTION: Fields = (("EntityLogicalName", "Edm.String"), ("AttributeLogicalName", "Edm.String"), ("Value", "Edm.Int32"))

FUNCTIONS: dict[str, Fields] = {
    "WhoAmI": (),
    "RetrieveVersion": (),
    "RetrieveCurrentOrganization": (("AccessType", "mscrm.EndpointAccessType"),),
    "RetrieveTotalRecordCount": (("EntityNames", "Collection(Edm.String)"),),
    "RetrieveExchangeRate": (("TransactionCurrencyId", "Edm.Guid"),),
}
"""Name -> parameters; each answers with the type ``{name}Response``."""

ACTIONS: dict[str, Fields] = {
    "InsertOptionValue": (*_OPTION, ("Label", "mscrm.Label")),
    "UpdateOptionValue": (*_OPTION, ("Label", "mscrm.Label"), ("MergeLabels", "Edm.Boolean")),
    "DeleteOptionValue": _OPTION,
    "PublishXml": (("ParameterXml", "Edm.String"),),
    "PublishAllXml": (),
    "ReactivateEntityKey": (("EntityLogicalName", "Edm.String"), ("EntityKeyLogicalName", "Edm.String")),
    "BulkDelete": (("QuerySet", "Collection(mscrm.QueryExpression)"), ("JobName", "Edm.String")),
}
"""Name -> parameters; those with a type ``{name}Response`` answer with it."""


def definitions() -> list[str]:
    """Types, functions and actions, for the schema."""
    lines = [_enumeration(name, members) for name, members in ENUMERATIONS.items()]
    lines += [
        f'<ComplexType Name="{name}">{_fields("Property", of)}</ComplexType>' for name, of in COMPLEX_TYPES.items()
    ]
    lines += [_operation("Function", name, parameters) for name, parameters in FUNCTIONS.items()]
    lines += [_operation("Action", name, parameters) for name, parameters in ACTIONS.items()]
    return lines


def imports() -> list[str]:
    """How functions and actions are called, for the entity container."""
    return [
        *(f'<FunctionImport Name="{name}" Function="mscrm.{name}" />' for name in FUNCTIONS),
        *(f'<ActionImport Name="{name}" Action="mscrm.{name}" />' for name in ACTIONS),
    ]


def _enumeration(name: str, members: tuple[str, ...]) -> str:
    shown = "".join(f'<Member Name="{member}" Value="{value}" />' for value, member in enumerate(members))
    return f'<EnumType Name="{name}">{shown}</EnumType>'


def _fields(element: str, fields: Fields) -> str:
    return "".join(f'<{element} Name="{name}" Type="{kind}" />' for name, kind in fields)


def _operation(element: str, name: str, parameters: Fields) -> str:
    answer = f"{name}Response"
    returned = f'<ReturnType Type="mscrm.{answer}" Nullable="false" />' if answer in COMPLEX_TYPES else ""
    return f'<{element} Name="{name}">{_fields("Parameter", parameters)}{returned}</{element}>'
