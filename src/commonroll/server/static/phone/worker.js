// Orders a walk again beside the page, which stays free for taps (route.js asks).
import { order } from "/static/field/order.js";

self.onmessage = ({ data: { metres, how } }) => self.postMessage(order(metres, how));
