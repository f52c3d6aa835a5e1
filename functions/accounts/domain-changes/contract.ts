import * as z from 'zod';
import { at, on, type TriggeringEvent, type TriggeringPointer } from '#contract/consequences.ts';
import { managesIdentities, reads, readsSecret, records, sends, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';
import { organizationText } from '#schema/values.ts';

/** A domain changed, and what depends on it follows. Within version 1 only optional fields may be added. */
const DomainMessage = z.object({
  schema: z.literal('domain-change.v1').describe('Version of the message'),
  org_id: z.int().min(1).describe('Organization of the domain'),
  domain_id: z.string().describe('Id of the domain'),
  work: z
    .enum(['changed', 'accounts', 'identity', 'poll', 'detach'])
    .describe(
      '`changed`: begin; `accounts`: SIP accounts follow; `identity`: it may send e-mail; `poll`: the state of that; ' +
        '`detach`: it was deleted',
    ),
  host: z.string().optional().describe('Name of a deleted domain'),
  after: z.string().optional().describe('Where the next slice of devices begins'),
});
export type DomainMessage = z.output<typeof DomainMessage>;

/** A message of the queue `consequences`, grouped by organization (fair queue). */
export const domainMessage = (content: Omit<DomainMessage, 'schema'>, delay = 0) => ({
  body: { schema: 'domain-change.v1', ...content } satisfies DomainMessage,
  group: organizationText(content.org_id),
  delay,
});

/** Fields that this consumer stores itself, which nothing else follows. */
const ownFields: readonly string[] = ['email_status', 'dkim'];

function changedMessage({ org_id, entity, changes }: TriggeringEvent) {
  const fields = Object.keys(changes ?? {});
  const isOwn = fields.length > 0 && fields.every((field) => ownFields.includes(field));
  return isOwn ? null : domainMessage({ org_id, domain_id: entity.id, work: 'changed' });
}

/** The kind of the pointer to a domain the state of whose identity is read again. */
export const pollKind = 'domain.identity';

/** The subject of a deleted domain is its id and its name. */
function dueMessage({ kind, org_id, subject }: TriggeringPointer, delay: number) {
  const [domain_id = '', host = ''] = subject.split('/');
  if (kind === pollKind) return domainMessage({ org_id, domain_id, work: 'poll' }, delay);
  return domainMessage({ org_id, domain_id, work: 'detach', host }, delay);
}

/**
 * After a change of a domain: claims of others end, SIP accounts get and lose realms, trunks of a deleted domain get
 * another one, and the provider of e-mail gets an identity. Running it twice changes nothing more.
 */
export const domainChanges = consumer('domain-changes', {
  area: 'orgs',
  queue: 'consequences',
  message: DomainMessage,
  startedBy: on(['domain.verified', 'domain.updated'], changedMessage),
  due: at(['domain.detach', pollKind], dueMessage, { [pollKind]: 'skipped' }),
  batchSize: 1,
  batchWindow: 0,
  maximumConcurrency: 2,
  timeout: 60,
  effects: [
    writes('domain'),
    reads('domain-name'),
    writes('count'),
    writes('device'),
    writes('sip-credential'),
    writes('phone'),
    reads('phone', 'GSI1'),
    writes('trunk'),
    writes('trunk-registration'),
    readsSecret('sealing-keys'),
    managesIdentities(),
    writes('due'),
    sends('consequences'),
    records('domain.updated'),
    records('trunk.updated'),
  ],
});
