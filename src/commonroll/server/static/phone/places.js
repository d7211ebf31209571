// The four places of the open turf.
import { listScreen } from "./list.js";
import { mapScreen } from "./map.js";
import { menuScreen } from "./menu.js";
import { recapScreen } from "./recap.js";

export const places = { list: () => listScreen(), map: () => mapScreen(), recap: () => recapScreen(), menu: () => menuScreen() };
