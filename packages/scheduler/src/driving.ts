export { Alarm } from "./driving/alarm.ts";
export { endsWithin } from "./driving/ends-within.ts";
export { Turns, type TurnEnd, type TurnSignals, type TurnsOptions } from "./driving/turns.ts";
export { putsOffUnhandled, type UnhandledEffects } from "./driving/unhandled-effects.ts";
