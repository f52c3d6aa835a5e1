import { inOrganization } from '#dynamodb/write.ts';
import { commits, document, type DocumentAnswer } from '#http/answers/answer.ts';
import type { Context } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { secretHash } from '#schema/secret-hash.ts';
import { organizationText } from '#schema/values.ts';
import { confirmAddress, noticeAddresses, showConfirmation } from './contract.ts';
import {
  confirm,
  confirmedPage,
  linkedAddress,
  pagePolicy,
  questionPage,
  unknownLinkPage,
  usableToken,
} from './notice-address.ts';
import { confirmWrite, noticeAddressStore } from './store.ts';

const html = (page: string): DocumentAnswer<200> =>
  document('text/html; charset=utf-8', page, { 'Content-Security-Policy': pagePolicy });

const unknownLink: DocumentAnswer = { ...html(unknownLinkPage), status: 404 };

/** What the link with this token is about; undefined if it is unknown, too old or replaced. */
async function findLink(secret: string, now: Date, { table, tableOf }: Context<typeof noticeAddresses>) {
  const token = usableToken(await noticeAddressStore(table).token(secretHash(secret)), now);
  if (token === undefined) return undefined;
  const asked = linkedAddress(await noticeAddressStore(tableOf(token.org_id)).address(token.address), token);
  return asked && { token, asked, shown: { address: asked.address, organization: organizationText(token.org_id) } };
}

export const noticeAddressesApi = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    noticeAddresses,
    {
      [showConfirmation.route]: async ({ query, now }, context) => {
        const link = await findLink(query.token, now, context);
        if (link === undefined) return unknownLink;
        return html(
          link.asked.confirmed_at === null ? questionPage(link.shown, query.token) : confirmedPage(link.shown),
        );
      },
      [confirmAddress.route]: async ({ body, now, recordIn }, context) => {
        const link = await findLink(body().token, now, context);
        if (link === undefined) return unknownLink;
        const { token, asked, shown } = link;
        if (asked.confirmed_at !== null) return html(confirmedPage(shown));
        const event = recordIn(token.org_id)('email.address_confirmed', {
          entity: { type: 'email', id: asked.address },
          description: `Address ${asked.address} confirmed that it wants notices`,
          fields: { address: asked.address },
        });
        const writes = [confirmWrite(confirm(asked, now), token), event];
        return commits(inOrganization(token.org_id, writes), html(confirmedPage(shown)));
      },
    },
    dependencies,
  );

export const handler = noticeAddressesApi();
