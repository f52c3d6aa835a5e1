type RecordedEvent = {
  readonly severity: string;
  readonly description: string;
  readonly actor: { readonly id: string; readonly type: string; readonly name: string };
  readonly changes: unknown;
  readonly data: Readonly<Record<string, unknown>>;
  readonly filed?: { readonly as: 'event' | 'entry' };
};

/**
 * The data of an event, as clients and webhooks get it: neither the credential nor the address of its actor. An event
 * that a client filed has the client's data only.
 */
export const eventData = ({ severity, description, actor, changes, data, filed }: RecordedEvent) =>
  filed?.as === 'event'
    ? { ...data }
    : { ...data, description, severity, actor: { id: actor.id, type: actor.type, name: actor.name }, changes };
