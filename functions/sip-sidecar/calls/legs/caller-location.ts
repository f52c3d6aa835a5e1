import { splitList } from '#sip/grammar.ts';
import { textHeader } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import type { SipRequest } from '#sip/message.ts';
import { partsOf, type BodyPart } from '#sip/multipart.ts';

/**
 * Where a caller is, as its INVITE says (RFC 6442). It passes to the gateway that serves a call for help, and to no
 * one else (functions/sip-sidecar/calls/legs/README.md, "Headers of INVITEs").
 */
export type CallerLocation = {
  readonly headers: Headers;
  /** Locations in the form of RFC 5491, to which `cid:` URIs of the headers refer. */
  readonly parts: readonly BodyPart[];
};

/** RFC 4119 §3. */
const locationType = 'application/pidf+xml';

const [geolocation, routing] = [textHeader('Geolocation'), textHeader('Geolocation-Routing')];

/** What passes at most; lengths in bytes. */
const limits = { values: 3, value: 512, parts: 3, part: 16 * 1_024 };

/** RFC 6442 §4.1: a location in the body, or one that is fetched from there. */
const locationForm = /^<(?:cid|https?|sips?|pres):[\w!#$%&'()*+,\-./:=?@[\]~]+>(?:\s*;\s*[\w-]+(?:=[\w.:@-]+)?)*$/i;
/** RFC 6442 §4.2. */
const routingForm = /^(?:yes|no)$/i;

/** The location in an INVITE. Undefined: it has none. */
export function locationIn(request: Pick<SipRequest, 'headers' | 'body'>): CallerLocation | undefined {
  const { headers } = request;
  const parts = partsOf(request)
    .filter(({ type, body }) => type === locationType && body.length <= limits.part)
    .slice(0, limits.parts);
  const values = headers
    .fields(geolocation)
    .flatMap(({ value }) => splitList(value))
    .filter((value) => Buffer.byteLength(value) <= limits.value && locationForm.test(value))
    .slice(0, limits.values);
  if (parts.length === 0 && values.length === 0) return undefined;
  const routed = headers.fields(routing).flatMap(({ value }) => (routingForm.test(value) ? [value] : []));
  return {
    headers: [
      ...values.map((value) => [geolocation, value] as const),
      ...routed.slice(0, 1).map((value) => [routing, value] as const),
    ].reduce((all, [kind, value]) => all.append(kind, value), Headers.none),
    parts,
  };
}
