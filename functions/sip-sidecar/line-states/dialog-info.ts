import { xmlDocument } from '#http/answers/xml.ts';
import type { LineDialog } from '#sidecar/line-command.ts';
import { printUri, sipUri } from '#sip/uri.ts';
import { parkedDialog, slotOfLine } from '#telephony/parking.ts';

/** Bodies of the event package dialog (RFC 4235): the calls of a line, as keys of other phones show them. */

/** What a document is about. */
export type LineDocument = {
  readonly extension: string;
  readonly domain: string;
  /** Rises by one with each document of a subscription. */
  readonly version: number;
  readonly dialogs: readonly LineDialog[];
  /** Whether the watcher may see the other parties. */
  readonly showsParties: boolean;
};

/** Calls in a document at most, so that it fits into a datagram. */
const maxDialogs = 6;

const urgency: Readonly<Record<LineDialog['state'], number>> = { confirmed: 0, early: 1, trying: 2 };

/** The calls of a line, without repetitions: those that matter to a lamp first. */
export const orderDialogs = (dialogs: readonly LineDialog[]): LineDialog[] =>
  [...new Map(dialogs.map((dialog) => [dialog.id, dialog])).values()].toSorted(
    (one, other) => urgency[one.state] - urgency[other.state] || (one.id < other.id ? -1 : 1),
  );

type Node = Parameters<typeof xmlDocument>[0];

const identity = (user: string, domain: string, name = ''): Node => ({
  identity: { ...(name === '' ? {} : { '@display': name }), '#text': printUri(sipUri({ user, host: domain })) },
});

/** A key fetches a parked call by INVITE with Replaces of what its document says; no other dialog is named. */
function replacedBy(id: string, extension: string): Readonly<Record<string, string>> {
  const slot = slotOfLine(extension);
  if (slot === undefined) return {};
  const { callId, toTag, fromTag } = parkedDialog(id, slot);
  return { '@call-id': callId, '@local-tag': toTag, '@remote-tag': fromTag };
}

const dialogNode = (
  { id, direction, state, remote }: LineDialog,
  { extension, domain, showsParties }: LineDocument,
): Node => ({
  '@id': id,
  ...replacedBy(id, extension),
  '@direction': direction,
  state,
  local: identity(extension, domain),
  ...(showsParties && remote !== null ? { remote: identity(remote.user, domain, remote.name) } : {}),
});

/**
 * The document of a line, always with its full state. A line without calls has one that is terminated, as some phones
 * leave their lamp on without.
 */
export const printLineDocument = (line: LineDocument): string =>
  xmlDocument({
    'dialog-info': {
      '@xmlns': 'urn:ietf:params:xml:ns:dialog-info',
      '@version': line.version,
      '@state': 'full',
      '@entity': printUri(sipUri({ user: line.extension, host: line.domain })),
      dialog:
        line.dialogs.length === 0
          ? [{ '@id': line.extension, state: 'terminated' }]
          : orderDialogs(line.dialogs)
              .slice(0, maxDialogs)
              .map((dialog) => dialogNode(dialog, line)),
    },
  });
