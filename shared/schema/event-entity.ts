import * as z from 'zod';
import { IdInUrl, OrganizationId, organizationText } from './values.ts';

/** The resources that events are about: `<kind>/<id>`. */

/** The prefixes of the ids of each kind. A kind without a prefix has names instead of ids. */
const prefixes = {
  user: 'usr',
  device: 'dev',
  trunk: 'trunk',
  gateway: 'gw',
  number: 'num',
  domain: 'dom',
  orgip: 'orgip',
  call: 'call',
  org: 'org',
  webhook: 'wh',
  sms: 'msg',
  email: 'eml',
  voicemail: 'vm',
  file: 'file',
  purge: 'purge',
  archive: 'arch',
  policy: 'pol',
  phone: undefined,
} as const;

export type EntityKind = keyof typeof prefixes;
/** A resource: `{ type: 'trunk', id: 'trunk_…' }`. The id of an organization is `org_1001`. */
export type EventEntity = { readonly type: EntityKind; readonly id: string };

const isKind = (text: string): text is EntityKind => Object.hasOwn(prefixes, text);

// The characters of RFC 3261 §25.1, "user", that names of phones may have.
const phoneName = /^[A-Za-z0-9._~!$&'()*+,;=-]{1,64}$/;

/** An id in the form of events; undefined if it is not well-formed. A bare number is accepted as an id of its kind. */
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

/** `<kind>/<id>`, where the kind is one of `kinds`. */
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
      description: `Resource as \`<kind>/<id>\`, where the kind is one of ${kinds.join(', ')}`,
      examples: ['trunk/trunk_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', 'org/1001'],
    });

/** `<kind>/<id>` with any kind. */
export const EntityPath = entityPath(Object.keys(prefixes).filter(isKind));

/** The text of a resource in answers: `trunk/trunk_…`. */
export const entityText = ({ type, id }: { readonly type: string; readonly id: string }): string => `${type}/${id}`;
