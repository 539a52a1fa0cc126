#include "generator/words.h"

#include <array>

namespace waybill::generator {
namespace {

constexpr std::array<std::string_view, 64> kFirstNames = {
    "Ada",  "Alice", "Amir",   "Ana",    "Ben",   "Bianca", "Carl", "Chloé", "Dana", "David", "Diego", "Edith", "Elif",
    "Emma", "Eric",  "Esther", "Fatima", "Felix", "Grace",  "Hana", "Hugo",  "Ida",  "Igor",  "Ines",  "Ivan",  "Jack",
    "Jana", "José",  "Julia",  "Karim",  "Kenji", "Kira",   "Lars", "Leah",  "Leo",  "Lena",  "Lucia", "Malik", "Maria",
    "Mark", "Mei",   "Mila",   "Mona",   "Nadia", "Nils",   "Noah", "Nora",  "Olga", "Omar",  "Otto",  "Paula", "Petra",
    "Ravi", "Rosa",  "Sam",    "Sara",   "Sven",  "Tara",   "Theo", "Tina",  "Uma",  "Vera",  "Yusuf", "Zoë"};

constexpr std::array<std::string_view, 64> kFamilyNames = {
    "Abbas",   "Adler",  "Alvarez", "Bauer",  "Becker",  "Berg",   "Brown", "Castro",  "Chen",   "Costa", "Cruz",
    "Dahl",    "Diaz",   "Dubois",  "Evans",  "Fischer", "Flores", "Fox",   "Garcia",  "Gray",   "Haas",  "Hill",
    "Horvath", "Ito",    "Jensen",  "Jones",  "Kaya",    "Keller", "Khan",  "Kim",     "Koch",   "Lang",  "Lee",
    "Lopez",   "Maier",  "Mendez",  "Moreau", "Müller",  "Nagy",   "Novak", "O'Brien", "Okafor", "Patel", "Park",
    "Pereira", "Petrov", "Quinn",   "Reyes",  "Rossi",   "Roth",   "Sato",  "Schmidt", "Silva",  "Singh", "Smith",
    "Suzuki",  "Takeda", "Torres",  "Vogel",  "Walker",  "Weber",  "Wong",  "Yılmaz",  "Zimmer"};

constexpr std::array<std::string_view, 20> kQueueNames = {"Support",  "Sales",    "Billing",   "Orders",   "Returns",
                                                          "Delivery", "Accounts", "Technical", "Renewals", "Claims",
                                                          "Repairs",  "Bookings", "Payments",  "Loyalty",  "Complaints",
                                                          "Partners", "Upgrades", "Security",  "Fraud",    "VIP"};

constexpr std::array<std::string_view, 12> kWorkflowNames = {"Inbound",     "Callbacks",     "Written",   "Priority",
                                                             "After Hours", "Field Service", "Retention", "Welcome",
                                                             "Overflow",    "Bilingual",     "Partners",  "Outreach"};

constexpr std::array<std::string_view, 8> kErrandNames = {"Spring Sale", "Survey",     "Product Recall", "Storm Desk",
                                                          "Pilot",       "Moving Day", "Audit",          "Open House"};

constexpr std::array<std::string_view, 16> kAreaCodes = {"202", "206", "212", "303", "305", "312", "404", "415",
                                                         "503", "512", "602", "617", "702", "713", "808", "917"};

constexpr std::array<std::string_view, 12> kTopics = {"invoice", "delivery", "refund",   "login",
                                                      "upgrade", "contract", "outage",   "return",
                                                      "address", "booking",  "warranty", "question"};

constexpr std::array<std::string_view, 6> kOutcomes = {"resolved",  "sold",      "callback",
                                                       "escalated", "no answer", "spam"};

constexpr std::array<ChannelWords, 15> kChannels = {{{"voice", "Voice", 1},
                                                     {"chat", "Programmable Chat", 3},
                                                     {"sms", "SMS", 3},
                                                     {"email", "Email", 5},
                                                     {"video", "Video", 1},
                                                     {"default", "Default", 1},
                                                     {"callback", "Callback", 1},
                                                     {"whatsapp", "WhatsApp", 3},
                                                     {"voicemail", "Voicemail", 2},
                                                     {"webform", "Web Form", 5},
                                                     {"social", "Social Media", 4},
                                                     {"fax", "Fax", 5},
                                                     {"letter", "Letter", 6},
                                                     {"forum", "Forum", 4},
                                                     {"kiosk", "Kiosk", 1}}};

}  // namespace

std::span<const std::string_view> first_names() { return kFirstNames; }
std::span<const std::string_view> family_names() { return kFamilyNames; }
std::span<const std::string_view> queue_names() { return kQueueNames; }
std::span<const std::string_view> workflow_names() { return kWorkflowNames; }
std::span<const std::string_view> errand_names() { return kErrandNames; }
std::span<const std::string_view> area_codes() { return kAreaCodes; }
std::span<const std::string_view> topics() { return kTopics; }
std::span<const std::string_view> outcomes() { return kOutcomes; }
std::span<const ChannelWords> channel_words() { return kChannels; }

}  // namespace waybill::generator
