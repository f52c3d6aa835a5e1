import type { Write } from '#dynamodb/write.ts';
import { recorder, systemOrigin, type EventDetails } from '#runtime/event-record.ts';
import type { SidecarContext } from '../../leases/membership.ts';

type Recorded = Pick<EventDetails, 'entity' | 'description'> & {
  readonly organization: number;
  readonly type: string;
  readonly data: EventDetails['fields'];
};

/** A context that keeps the events which are committed. */
export function recording() {
  const events: Recorded[] = [];
  const recorded = new Map<Write, Recorded>();
  const context: Pick<SidecarContext, 'recorderOf' | 'tryCommit'> = {
    recorderOf: (organization) => (type, details) => {
      const { entity, description, fields } = details;
      const write = recorder({ organization, origin: systemOrigin, now: new Date(), nextId: String })(type, details);
      recorded.set(write, { organization, type, entity, description, data: fields });
      return write;
    },
    tryCommit: async (_organization, writes) => {
      events.push(...writes.flatMap((write) => recorded.get(write) ?? []));
      return [];
    },
  };
  return { context, events };
}
