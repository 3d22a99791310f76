"""The words of consent: scopes of this product, and terms of the W3C Data Privacy Vocabulary (DPV) 2.3."""

from __future__ import annotations

from enum import StrEnum

from lukhas_common.policy.model import Role, Sensitivity


class ConsentScope(StrEnum):
    """What consent can be given to. A scope holds every scope whose name goes on from its own after a dot.

    ELR is the electronic life record: what a person told of their life.
    """

    ELR = "elr"
    ELR_INTERESTS = "elr.interests"
    ELR_MEMORIES = "elr.memories"
    ELR_RELATIONSHIPS = "elr.relationships"
    ELR_HEALTH = "elr.health"
    ELR_LOCATION = "elr.location"
    ELR_MEDIA = "elr.media"
    ELR_ACTIVITIES = "elr.activities"
    ELR_DEMOGRAPHICS = "elr.demographics"
    ELR_FINANCES = "elr.finances"
    ELR_BELIEFS = "elr.beliefs"
    MEMORY = "memory"
    MEMORY_WORKING = "memory.working"
    MEMORY_EPISODIC = "memory.episodic"
    MEMORY_SEMANTIC = "memory.semantic"
    MEMORY_EMOTIONAL = "memory.emotional"
    ANALYTICS = "analytics"
    ANALYTICS_USAGE = "analytics.usage"
    ANALYTICS_AGGREGATE = "analytics.aggregate"
    RESEARCH = "research"
    MODEL_TRAINING = "model_training"
    ACTIONS = "actions"
    ACTIONS_READ = "actions.read"
    ACTIONS_WRITE = "actions.write"

    @property
    def sensitivity(self) -> Sensitivity:
        """The most sensitive kind of data that the scope holds."""
        ordinary = SPECIAL_CATEGORIES.isdisjoint(ALL_CATEGORIES[self])
        return Sensitivity.ORDINARY if ordinary else Sensitivity.SPECIAL


class Purpose(StrEnum):
    """What for. A purpose stands for itself alone: consent to one is none to a broader or a narrower one."""

    SERVICE_PROVISION = "dpv:ServiceProvision"
    REQUESTED_SERVICE_PROVISION = "dpv:RequestedServiceProvision"
    SERVICE_PERSONALISATION = "dpv:ServicePersonalisation"
    PERSONALISED_RECOMMENDATIONS = "dpv:ProvidePersonalisedRecommendations"
    SERVICE_OPTIMISATION = "dpv:ServiceOptimisation"
    SERVICE_USAGE_ANALYTICS = "dpv:ServiceUsageAnalytics"
    PRODUCT_IMPROVEMENT = "dpv:ImproveExistingProductsAndServices"
    RESEARCH_AND_DEVELOPMENT = "dpv:ResearchAndDevelopment"
    SCIENTIFIC_RESEARCH = "dpv:ScientificResearch"
    PERSONALISED_HEALTHCARE = "sector-health:PersonalisedHealthcare"
    CONSULTATION = "sector-health:ConsultationManagement"
    DIAGNOSIS = "sector-health:DiagnosisManagement"
    EMERGENCY_CARE = "sector-health:EmergencyCareManagement"
    PATIENT_MONITORING = "sector-health:PatientMonitoring"
    PRESCRIPTION = "sector-health:PrescriptionManagement"
    PREVENTATIVE_CARE = "sector-health:PreventativeCareManagement"
    PRIMARY_CARE = "sector-health:PrimaryCareManagement"
    REFERRAL = "sector-health:ReferralManagement"
    SECOND_MEDICAL_OPINION = "sector-health:SecondMedicalOpinion"
    SPECIALISED_CARE = "sector-health:SpecialisedCareManagement"
    COMMUNICATION_FOR_CUSTOMER_CARE = "dpv:CommunicationForCustomerCare"
    DIRECT_MARKETING = "dpv:DirectMarketing"
    SALE_TO_THIRD_PARTIES = "dpv:SellDataToThirdParties"


class LegalBasis(StrEnum):
    """How consent was expressed. Special categories need the explicit one (GDPR Art. 9(2)(a)); implied is none."""

    CONSENT = "dpv:Consent"
    EXPRESSED_CONSENT = "dpv:ExpressedConsent"
    EXPLICIT_CONSENT = "dpv:ExplicitlyExpressedConsent"


class EventType(StrEnum):
    """What happened. Withdrawn by the person; revoked by somebody else, such as an administrator."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    UPDATED = "updated"


STATUSES = {
    EventType.GRANTED: "dpv:ConsentGiven",
    EventType.UPDATED: "dpv:RenewedConsentGiven",
    EventType.WITHDRAWN: "dpv:ConsentWithdrawn",
    EventType.REVOKED: "dpv:ConsentRevoked",
}
"""The DPV consent status that an event leads to."""

EXPIRED = "dpv:ConsentExpired"
"""The status of consent whose time is over; nobody records it, it is found when read."""


class IndicationMethod(StrEnum):
    """How the person indicated their choice. DPV has the property, but no terms for its values."""

    BUTTON = "button"
    CHECKBOX = "checkbox"
    TOGGLE = "toggle"
    SIGNATURE = "signature"
    SPOKEN = "spoken"
    API = "api"
    IMPORTED = "imported"


ROLES = tuple(role.value for role in Role)
"""Who may receive data."""

PROCESSING = (
    "dpv:Access",
    "dpv:Aggregate",
    "dpv:Analyse",
    "dpv:Anonymise",
    "dpv:Collect",
    "dpv:Combine",
    "dpv:Consult",
    "dpv:Derive",
    "dpv:Disclose",
    "dpv:Export",
    "dpv:Generate",
    "dpv:Infer",
    "dpv:Modify",
    "dpv:Organise",
    "dpv:Profiling",
    "dpv:Pseudonymise",
    "dpv:Query",
    "dpv:Record",
    "dpv:Retrieve",
    "dpv:Share",
    "dpv:Store",
    "dpv:Structure",
    "dpv:Transform",
    "dpv:Transmit",
    "dpv:Use",
)
"""What may be done with data."""

CATEGORIES: dict[ConsentScope, tuple[str, ...]] = {
    ConsentScope.ELR: ("pd:IndividualProfile",),
    ConsentScope.ELR_INTERESTS: ("pd:Interest", "pd:Preference", "pd:Favourite", "pd:Opinion"),
    ConsentScope.ELR_MEMORIES: ("pd:LifeHistory", "pd:PersonalDocuments"),
    ConsentScope.ELR_RELATIONSHIPS: ("pd:Family", "pd:Relationship", "pd:SocialNetwork"),
    ConsentScope.ELR_HEALTH: ("pd:MedicalHealth", "pd:PhysicalHealth", "pd:MentalHealth", "pd:Prescription"),
    ConsentScope.ELR_LOCATION: ("pd:Location", "pd:CurrentLocation", "pd:HomeLocation", "pd:TravelHistory"),
    ConsentScope.ELR_MEDIA: ("pd:Picture", "pd:VoiceCommunicationRecording"),
    ConsentScope.ELR_ACTIVITIES: ("pd:Behavioural", "pd:SocialBehaviour", "pd:ServiceConsumptionBehaviour"),
    ConsentScope.ELR_DEMOGRAPHICS: ("pd:Demographic", "pd:Age", "pd:Gender", "pd:Language", "pd:Nationality"),
    ConsentScope.ELR_FINANCES: ("pd:FinancialStatus", "pd:FinancialAccount", "pd:Income", "pd:Transactional"),
    ConsentScope.ELR_BELIEFS: ("pd:ReligiousBelief", "pd:PhilosophicalBelief", "pd:PoliticalOpinion"),
    ConsentScope.MEMORY: ("pd:IndividualProfile",),
    ConsentScope.MEMORY_WORKING: ("pd:Communication",),
    ConsentScope.MEMORY_EPISODIC: ("pd:Communication", "pd:LifeHistory"),
    ConsentScope.MEMORY_SEMANTIC: ("pd:KnowledgeBelief", "pd:Preference"),
    ConsentScope.MEMORY_EMOTIONAL: ("pd:Emotion", "pd:Mood"),
    ConsentScope.ANALYTICS: ("pd:Behavioural",),
    ConsentScope.ANALYTICS_USAGE: ("pd:ServiceConsumptionBehaviour", "pd:DeviceBased"),
    ConsentScope.ANALYTICS_AGGREGATE: ("pd:Demographic",),
    ConsentScope.RESEARCH: ("pd:Behavioural", "pd:Demographic"),
    ConsentScope.MODEL_TRAINING: ("pd:Communication", "pd:Preference"),
    ConsentScope.ACTIONS: ("pd:Intention",),
    ConsentScope.ACTIONS_READ: ("pd:Communication", "pd:Contact"),
    ConsentScope.ACTIONS_WRITE: ("pd:Communication", "pd:Transactional"),
}
"""The categories of personal data (DPV's PD extension) that a scope holds itself, without those beneath it."""

SPECIAL_CATEGORIES = frozenset(
    {
        "pd:MedicalHealth",
        "pd:PhysicalHealth",
        "pd:MentalHealth",
        "pd:Prescription",
        "pd:ReligiousBelief",
        "pd:PhilosophicalBelief",
        "pd:PoliticalOpinion",
        "pd:Emotion",
        "pd:Mood",
    }
)
"""What GDPR Art. 9(1) names. Emotion and mood are held to be of that kind: they tell of mental health."""

LINEAGE = {
    scope: tuple(ConsentScope(scope.rsplit(".", up)[0]) for up in range(scope.count(".") + 1)) for scope in ConsentScope
}
"""Each scope with all that hold it, from itself upwards."""

SUBTREE = {scope: tuple(other for other in ConsentScope if scope in LINEAGE[other]) for scope in ConsentScope}
"""Each scope with all that it holds."""

ALL_CATEGORIES = {
    scope: frozenset(category for inner in SUBTREE[scope] for category in CATEGORIES[inner]) for scope in ConsentScope
}
"""The categories that a scope holds, with those beneath it."""

SENSITIVITY = {
    scope: Sensitivity.SPECIAL if SPECIAL_CATEGORIES.intersection(CATEGORIES[scope]) else Sensitivity.ORDINARY
    for scope in ConsentScope
}
"""Of what a scope holds itself; one that is ordinary may hold special ones, to which only explicit consent extends."""
