// What the phone says in English. `x_one` is said of one.
export default {
  title: "At the door",
  // before the turf
  welcome: "A turf comes to this phone with a code from your organizer. It works without a signal, and it is sealed on the phone.",
  code: "Code", code_hint: "From the QR code or the paper. It works once, for 30 minutes.", code_needed: "Type the code that your organizer gave you.",
  go_on: "Go on", back: "Back", cancel: "Cancel", close: "Close", keep: "Keep",
  install: "Add this page to your home screen first", install_ios: "Tap the share button of Safari, then “Add to Home Screen”, and open it from there. What Safari alone keeps can be lost.",
  install_code: "Type this code there:",
  key_title: "Close this turf with a key", key_why: "What is kept on this phone can be read only with it. It locks after ten minutes without a touch. Nobody can give you the key again: ten wrong PINs destroy it.",
  passkey: "Use fingerprint or face", passkey_not: "This phone gives no key that way. Choose a PIN.", or_pin: "Or choose a PIN:",
  pin: "PIN", pin_new: "New PIN", pin_hint: "At least six digits; six words are safer.", pin_twice: "The same again", pin_go: "Get the turf",
  pin_weak: "Anybody would try that first. Choose another one with six digits or more.", pin_differs: "The two are not the same. Type it again.",
  pin_wrong: "That PIN is wrong. {n} tries are left; then the key is destroyed.", pin_wrong_one: "That PIN is wrong. One try is left; then the key is destroyed.",
  fetching: "The turf is coming …", claim_failed: "The code was not taken. Ask your organizer for a new one.",
  no_network_claim: "There is no network. The first time needs one; then the turf works without. Try again where there is a signal.",
  not_here_yet: "The turf is not here yet", no_network_bundle: "The code was taken, but the doors have not come. Try again where there is a signal.", try_again: "Try again",
  opened_one: "One door.", opened: "{n} doors. The list is open.",
  locked: "The turf is locked", unlock: "Open", passkey_open: "Open it with your fingerprint or face.", passkey_failed: "That did not work. Try again.",
  has_turf: "This phone has a turf already. Open it and hand it back before you use a new code.",
  locks_soon: "Locks in 30 seconds. ", stay: "Stay", lock_now: "Lock now",
  // the look
  language: "Language", size: "Size of text", look: "Contrast", look_auto: "As the phone", look_light: "Light", look_dark: "Dark", look_sun: "Sunlight",
  // state
  safe: "{n} answers safe on this phone", safe_one: "1 answer safe on this phone", wait: "{n} answers wait for a signal", wait_one: "1 answer waits for a signal",
  home: "{n} sent", nothing_waits: "Nothing waits to be sent.", far: "{done} of {n} doors", tries_again: "It tries again by itself.",
  rejected: "{n} answers were not taken", rejected_one: "1 answer was not taken", rejected_why: "The server did not take them. Save them as a file for your organizer; they stay here until you let them go.",
  send_now: "Send now", export: "Save as a file", exported: "Saved as a file.", let_go: "Let them go",
  // places
  places: "Places", place_list: "List", place_map: "Map", place_recap: "Recap", place_menu: "Settings", to_list: "List", to_building: "Building", next: "Next",
  // list
  find: "Find", sort: "Order", sort_walk: "Walking order", sort_street: "Street", sort_open: "Not yet", none_found: "No door like that in this turf.",
  not_home: "Not home", nobody_known: "Nobody known here", by: "by {who}", last: "{on}: {result}",
  side: "{street}, {from} to {to}", side_nobody: "Nobody home", flats: "{n} flats", flats_one: "1 flat",
  // building
  floor: "Floor {floor}", no_floor: "No floor given", floor_nobody: "Nobody home", all_inaccessible: "Could not get in", all_not_home: "Nobody home in the building", not_yet: "not yet", before: "last: {result}",
  bulk_none: "Every door here has a result already.", bulk_ask: "“{result}” for {n} doors?", bulk_ask_one: "“{result}” for one door?", bulk_yes: "Record {n}", bulk_done: "{result}: {n} doors", bulk_done_one: "{result}: one door",
  // door
  voter: "Voter", who_is_here: "Who is here", not_everybody: "Somebody here is not to be asked for. Speak with whoever is listed.", no_talk: "Nobody to talk to", talked: "Talk", more: "More …", optout: "Stop contacting",
  add_person: "Add a person", note: "Note", building_note: "Note on the building", recorded_here: "Recorded here", take_back: "Take back", undo: "Undo", undo_there: "Undo is below.", taken_back: "Taken back.",
  lead_alone: "Your lead alone can take this back.", note_label: "Note", note_hint: "For your organizer. Nothing that should not be read aloud at this door.", note_kept: "The note is kept.",
  building_note_label: "About the place, never about a person", building_note_hint: "Lift out, buzzer, dog, where to park. The next walker sees it for 90 days.",
  correct_why: "It goes to the owner of the roll as what you were told.", first_name: "First name", last_name: "Last name",
  name: "Name", unit: "Flat or unit", consent_contact: "Says that we may call or write", phone: "Phone", email_not: "The e-mail is not kept: it needs an @ and no spaces.", consent_hint: "Kept only with the tick above.", email: "E-mail", added: "added at the door", person_added: "The person is added.",
  moved_mark: "Not here any more", deceased_mark: "Has died",
  optout_ask: "Stop contacting {name}?", optout_why: "It holds everywhere, at once.", channel_all: "In every way", channel_door: "At the door", channel_phone: "By phone", channel_text: "By text", channel_mail: "By mail", channel_email: "By e-mail",
  dangerous_ask: "Mark this door as dangerous?", dangerous_yes: "Yes, nobody should walk here",
  result_not_home: "Not home", result_talked: "Talked", result_refused: "Refused", result_busy: "Come back later", result_moved: "Moved away", result_deceased: "Has died",
  result_language: "Another language", result_inaccessible: "Could not get in", result_vacant: "Empty house", result_dangerous: "Dangerous", result_optout: "Not to be contacted",
  kind_answer: "Answer", kind_note: "Note", kind_building_note: "Note on the building", kind_person_added: "Person added", kind_moved: "Moved away", kind_deceased: "Has died", kind_optout: "Not to be contacted", kind_correction: "Correction",
  // talk
  of_household: "For the household", no_answer: "No answer", questions_left: "At most {n} questions are left.", questions_left_one: "One question is left.", answer_kept: "Kept",
  consent_title: "Ask first", consent_yes: "Yes, go on", consent_no: "No", thanks: "That is all", thanks_words: "Thank you for your time.", done_next: "“Done” goes back to the list.", done: "Done",
  // map
  map_label: "Map of the turf. Arrow keys go from door to door, Enter opens one.", closer: "Closer", farther: "Farther", whole: "All", where_am_i: "Where am I", order_again: "Order from here",
  no_place: "The phone does not say where it is.", ordered: "{n} stops are in a new order.", open_building: "Open the building", open_door: "Open", no_places: "These doors have no place on a map.",
  // recap
  knocked: "Knocked", answers: "Answers", notes: "Notes", not_reached: "Not reached",
  hand_back: "Hand the turf back", hand_back_why: "Doors not reached go to somebody else. Everything is sent first; then nothing of the turf stays on this phone.", hand_back_go: "Hand it back", hand_back_ask: "Hand this turf back?",
  hand_back_left: "{n} doors are not reached.", hand_back_left_one: "One door is not reached.", not_yet_back: "Not yet", not_yet_back_why: "Some answers are not sent. Find a signal and try again, or save them as a file.", no_network: "There is no network now. Try again where there is a signal.",
  lead_asks: "Your lead asks", lead_asks_why: "Numbers look odd for many good reasons. Nothing follows by itself; say what it was.", your_answer: "Your answer", send_answer: "Send the answer", answer_sent: "Your answer is sent.", by_you: "you", by_lead: "your lead", settled: "Settled.",
  // settings
  given_to: "Given to {walker} by {member}.", ends: "It leaves this phone on {day} at {time}.", spoken: "Languages here: {languages}.",
  new_shell: "A newer version of this page is ready. What you recorded stays.", new_shell_go: "Use it now",
  persists: "The phone has promised to keep this page.", may_go: "The phone may remove this page when it is full: send often.", no_worker: "This browser cannot open the page without a signal. Answers are kept all the same; do not close the page.",
  // ends
  over_expired: "The turf’s time is over", over_expired_why: "Its doors are gone from this phone.", over_returned: "The turf is handed back", over_returned_why: "Its doors are gone from this phone.",
  over_destroyed: "The key is destroyed", over_destroyed_why: "The PIN was wrong ten times. The doors are gone; what you recorded is not lost.", over_wiped: "The turf was taken from this phone", over_wiped_why: "Your organizer ended it. What you recorded is still sent.",
  over_said: "The turf is over.", all_sent: "Everything you recorded is sent.", new_code: "Enter a new code", use_code: "Use the new code",
  wiped: "This phone is empty", wiped_why: "Your organizer ended the turf. {n} databases and stores of this page are left.",
  elsewhere: "The turf is open in another tab", elsewhere_why: "One tab at a time records.", use_here: "Use it here",
  cannot: "This browser cannot keep a turf", lacks: "It lacks {what}.", lacks_next: "Open the page in Chrome, Safari or Firefox, not in a private window and not inside another app.", no_store: "It keeps nothing on the device.",
  full: "Nothing was recorded: this phone is full. Make room, then tap again.", not_kept: "Nothing was recorded: the phone did not keep it. Tap again.",
  // a saved file, corrections, notes on the place
  bring: "Send a saved file", bring_why: "A file that a phone saved when it could not send. Nothing of it stays here.", bring_file: "The file answers.json", bring_none: "Choose the file first.", bring_other: "This is not a file that a phone saved.", bring_damaged: "This file is damaged. Save it on the phone once more.", bring_no_token: "This file is from an older version of the page. Give it to your organizer.", bring_done: "{n} answers are at home.", bring_done_one: "1 answer is at home.", bring_held: "{n} wait for your organizer.", bring_held_one: "1 waits for your organizer.", forgets: "Safari forgets this page after seven days without a visit: put it on the home screen, and send often.", correct: "Something is otherwise …", corrected: "Kept as you were told", middle_name: "Middle name", suffix: "Jr., Sr., III", preferred_name: "Wants to be called", as_it_is: "not told", noted_lift: "Lift out", noted_buzzer: "Buzzer broken", noted_dog: "Dog", noted_park: "Park here", noted_desk: "Ask at the desk",
};
