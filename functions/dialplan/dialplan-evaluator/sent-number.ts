import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { readNumber } from '#telephony/dialed-number.ts';
import type { Decision } from '../plan/decide.ts';
import { numberIn } from '../plan/destination.ts';

/** What a call sends to whom, by which it is priced (functions/dialplan/README.md, "Credit and limits"). */

/** A number as a gateway is sent it: after the template or `strip`, and with `prefix`. */
export type SentNumber = {
  readonly text: string;
  /** Id of the gateway; null: the platform does not manage it. */
  readonly gateway: string | null;
};

/**
 * `gateways`: a number for each route, in the order of trying. `host`: to another dial string, by the first of these
 * texts that is a number. `inside`: to phones of the organization, or no further than the switch; that costs nothing.
 */
export type Sent =
  | { readonly to: 'gateways'; readonly numbers: readonly SentNumber[] }
  | { readonly to: 'host'; readonly texts: readonly string[] }
  | { readonly to: 'inside' };

/** Another form of a dial string over a gateway than the plan reads. FreeSWITCH sends what follows the name. */
const overGateway = /^sofia\/gateway\/[^/]*\/(.*)$/s;
/** A URI by the profile that sends it. */
const profile = /^sofia\/[^/]*\//;

/** @param dialed the dialed string */
export function sentBy(
  { action, destination, routes }: Pick<Decision, 'action' | 'destination' | 'routes'>,
  dialed: string,
): Sent {
  if (routes.length > 0)
    return {
      to: 'gateways',
      numbers: routes.map((route) => ({ text: numberIn(route.destination), gateway: route.gateway })),
    };
  if (action !== 'bridge' || destination === null || destination.startsWith('user/')) return { to: 'inside' };
  const text = overGateway.exec(destination)?.[1];
  return text === undefined
    ? { to: 'host', texts: [destination.replace(profile, 'sip:'), dialed] }
    : { to: 'gateways', numbers: [{ text, gateway: null }] };
}

/** Characters that a gateway may put before an emergency number: an access code, or country and area. */
const maxPrefix = 5;

/** Whether a text is the number of a subscriber in a country, or abroad: then a carrier takes it for no other. */
function isSubscriberNumber(text: string, country: string): boolean {
  const number = readNumber(text, { country });
  return number !== null && parsePhoneNumberFromString(number)?.isPossible() === true;
}

/**
 * Whether a carrier takes a text for the emergency number that was dialed. A prefix of a gateway can make it the number
 * of a subscriber, who would then be called beyond all limits.
 */
export const isSentAsEmergency = (text: string, dialed: string, country: string): boolean =>
  text.endsWith(dialed) && text.length <= dialed.length + maxPrefix && !isSubscriberNumber(text, country);

/** Whether all that an emergency call may send is the emergency number that was dialed. */
export function isEmergencyOnly(sent: Sent, dialed: string, country: string): boolean {
  switch (sent.to) {
    case 'gateways':
      return sent.numbers.every(({ text }) => isSentAsEmergency(text, dialed, country));
    case 'host':
      return sent.texts.every((text) => !isSubscriberNumber(text, country));
    case 'inside':
      return true;
  }
}
