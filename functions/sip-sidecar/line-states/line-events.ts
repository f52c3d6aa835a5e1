import { WatchedExtension } from '#sidecar/line-command.ts';
import { aorOf } from '../registrar/contacts.ts';
import type { EventSource, Subscriber } from '../subscriptions/subscriptions.ts';
import { printLineDocument } from './dialog-info.ts';
import type { WatchedLines } from './watched-lines.ts';
import type { RightOf } from '../rights/watching-rights.ts';

/** The dependencies of the event package. */
export type LineEventsDependencies = {
  readonly rightOf: RightOf;
  readonly lines: Pick<WatchedLines, 'watch' | 'dialogsOf'>;
};

/**
 * The event package dialog: a phone may watch the lines that its organization lets it watch. Any other name gets 403,
 * whether there is such a line or not.
 */
export const lineEvents = ({ rightOf, lines }: LineEventsDependencies): EventSource => ({
  resourceOf: async (request, { org_id: organization, sip_username: username }) => {
    const { data: extension } = WatchedExtension.safeParse(aorOf(request.uri)?.user);
    const right = extension === undefined ? undefined : await rightOf({ organization, username, extension });
    if (extension === undefined || right === undefined) return { status: 403 };
    await lines.watch({ organization, extension, user: right.user });
    return extension;
  },
  bodyOf: async ({ organization, username, domain, resource: extension }, version) => {
    const right = await rightOf({ organization, username, extension });
    if (right === undefined) return undefined;
    const dialogs = lines.dialogsOf({ organization, extension, user: right.user });
    return printLineDocument({ extension, domain, version, dialogs, showsParties: right.showsParties });
  },
});

/** Whether a phone may still watch a line; the line is watched as that of its present user. */
export const mayWatch =
  ({ rightOf, lines }: LineEventsDependencies) =>
  async ({ organization, username, resource: extension }: Subscriber): Promise<boolean> => {
    const right = await rightOf({ organization, username, extension });
    if (right !== undefined) await lines.watch({ organization, extension, user: right.user });
    return right !== undefined;
  };
