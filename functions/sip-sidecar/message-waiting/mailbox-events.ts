import { anyAccountRow } from '../../telephony/rows/sip-account.ts';
import type { SidecarContext } from '../leases/membership.ts';
import { aorOf } from '../registrar/contacts.ts';
import type { EventSource } from '../subscriptions/subscriptions.ts';
import { mailboxStateOf, summaryText, userOfLine } from './mailbox-lines.ts';

/**
 * The event package message-summary: a line may subscribe to the mailbox of its user, which it names by its own
 * extension or user name, or by the mailbox. Any other name gets 403, whether there is such a mailbox or not.
 */
export const mailboxEvents = ({ tableOf }: Pick<SidecarContext, 'tableOf'>): EventSource => ({
  resourceOf: async (request, account) => {
    const table = tableOf(account.org_id);
    const user = await userOfLine(table, account);
    const state = user === null ? undefined : await mailboxStateOf(table, user);
    const target = aorOf(request.uri)?.user;
    const extension = account.kind === 'line' ? undefined : account.extension;
    const isOwn = [account.sip_username, extension, state?.mailbox].includes(target);
    if (target === undefined || !isOwn) return { status: 403 };
    return user === null || state === undefined ? { status: 404 } : user;
  },
  bodyOf: async ({ organization, resource: user, username: sip_username, domain }) => {
    const table = tableOf(organization);
    const account = await tableOf(0).get(anyAccountRow, { sip_username });
    if (account === undefined || (await userOfLine(table, account)) !== user) return undefined;
    const state = await mailboxStateOf(table, user);
    return state === undefined ? undefined : summaryText({ sip_username, domain }, state);
  },
});
