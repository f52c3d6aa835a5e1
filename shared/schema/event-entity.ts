import * as z from 'zod';
import { IdInUrl, OrganizationId, organizationText } from './values.ts';

/** Things that events are about: `<kind>/<id>` (system.md, "Events"). */

/** The kinds with their ids' prefixes; a thing without one has a name of its own. */
const prefixes = {
  user: 'usr',
  device: 'dev',
  trunk: 'trunk',
  gateway: 'gw',
  number: 'num',
  domain: 'dom',
  call: 'call',
  org: 'org',
  webhook: 'wh',
  sms: 'msg',
  email: 'eml',
  voicemail: 'vm',
  file: 'file',
  purge: 'purge',
  policy: 'pol',
  phone: undefined,
} as const;

export type EntityKind = keyof typeof prefixes;
/** Such as `{ type: 'trunk', id: 'trunk_…' }`; organizations as `org_1001`. */
export type EventEntity = { readonly type: EntityKind; readonly id: string };

const isKind = (text: string): text is EntityKind => Object.hasOwn(prefixes, text);

// RFC 3261 §25.1, "user", as far as phones are called.
const phoneName = /^[A-Za-z0-9._~!$&'()*+,;=-]{1,64}$/;

/** An id as events carry it; undefined when it is not well-formed. A bare number is the reference's form of an id. */
function idOf(kind: EntityKind, text: string): string | undefined {
  if (kind === 'org') {
    const organization = OrganizationId.safeParse(text);
    return organization.success ? organizationText(organization.data) : undefined;
  }
  const prefix = prefixes[kind];
  if (prefix === undefined) return phoneName.test(text) ? text : undefined;
  return IdInUrl.safeParse(/^[0-9]{1,19}$/.test(text) ? `${prefix}_${text}` : text).data;
}

const kindOf = (text: string, kinds: readonly EntityKind[]): EntityKind | undefined =>
  kinds.find((kind) => kind === text);

/** `<kind>/<id>` of a thing of one of some kinds. */
export const entityPath = (kinds: readonly EntityKind[]) =>
  z
    .string()
    .transform((text, context): EventEntity => {
      const [first = '', rest = ''] = text.split(/\/(.*)/s);
      const kind = kindOf(first, kinds);
      const id = kind === undefined ? undefined : idOf(kind, rest);
      if (kind !== undefined && id !== undefined) return { type: kind, id };
      context.addIssue({
        code: 'custom',
        message: kind === undefined ? `must begin with one of ${kinds.join(', ')}` : 'must end in a well-formed id',
      });
      return z.NEVER;
    })
    .meta({
      description: `\`<kind>/<id>\`, the kind one of ${kinds.join(', ')}`,
      examples: ['trunk/trunk_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', 'org/1001'],
    });

export const EntityPath = entityPath(Object.keys(prefixes).filter(isKind));

/** As answers name it: `trunk/trunk_…`. */
export const entityText = ({ type, id }: { readonly type: string; readonly id: string }): string => `${type}/${id}`;
