import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { isMissed, type Call } from '#schema/call.ts';
import { callEvent } from '#telephony/presented-call.ts';
import type { SidecarContext } from '../leases/membership.ts';
import { CallWriter, type WriterDependencies } from './call-writer.ts';

/** A call, and as it is stored; absent: it is new. */
export type CallRecords = { readonly call: Call; readonly stored?: Call };

type Committing = Pick<WriterDependencies, 'commit' | 'onChange'>;
type Parts = CallRecords & Pick<WriterDependencies, 'onLost' | 'settle'>;

/** The writer of a call, with the events of its organization. */
export const newCallWriter = (
  { context, commit, onChange = () => undefined }: { readonly context: SidecarContext } & Committing,
  { org_id: organization, country }: Pick<OrganizationItem, 'org_id' | 'country'>,
  { call: record, stored, ...parts }: Parts,
): CallWriter =>
  new CallWriter(
    {
      ...parts,
      commit,
      onChange,
      eventOf: (call) => {
        const { type, ...details } = callEvent(call, { publicUrl: context.environment['PUBLIC_URL'] ?? '', country });
        const record = context.recorderOf(organization);
        return [record(type, details), ...(isMissed(call) ? [record('call.missed', details)] : [])];
      },
      fault: (error) => context.log.fault(error, record.id, 'storing a call failed'),
    },
    record,
    stored,
  );
