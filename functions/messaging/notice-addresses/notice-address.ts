import { escapeHtml } from '#schema/markup.ts';
import type { NoticeAddress, NoticeToken } from '#schema/notice-address.ts';
import { second } from '#schema/time.ts';

/** Confirmation of addresses by their owners (functions/messaging/README.md, "Confirmation"). */

/** The page of a link, for a person with a browser. It works without script and loads nothing. */

export const pagePolicy = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** @param content HTML */
const page = (title: string, content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`;

type Asked = { readonly address: string; readonly organization: string };

/** Asks the person. Its form is sent to the address of the page, without the token in the query. */
export const questionPage = ({ address, organization }: Asked, token: string): string =>
  page(
    'Get notices by e-mail?',
    `<p>The organization ${escapeHtml(organization)} of a telephony platform wants to send notices about its calls to
${escapeHtml(address)}.</p>
<form method="post" action="?">
<input type="hidden" name="token" value="${escapeHtml(token)}">
<button>Yes, send notices to this address</button>
</form>
<p>If you do not want them, close this page: you get no notices.</p>`,
  );

export const confirmedPage = ({ address, organization }: Asked): string =>
  page(
    'The address is confirmed',
    `<p>${escapeHtml(address)} gets the notices of the organization ${escapeHtml(organization)}.</p>`,
  );

export const unknownLinkPage = page(
  'This link does not work any more',
  '<p>It is too old, incomplete, or replaced by the link of a later e-mail. Nothing was changed.</p>',
);

/** The token of a link that can still be followed. DynamoDB deletes expired items late. */
export const usableToken = (token: NoticeToken | undefined, now: Date): NoticeToken | undefined =>
  token === undefined || token.expires_at * second <= now.getTime() ? undefined : token;

/**
 * What a link is about: an address that it asks, or one that is confirmed already. Undefined if the address was asked
 * by another link since, or is not asked any more.
 */
export const linkedAddress = (asked: NoticeAddress | undefined, { token_hash: hash }: NoticeToken) =>
  asked === undefined || (asked.confirmed_at === null && asked.token_hash !== hash) ? undefined : asked;

/** The address once its owner has agreed. */
export const confirm = (asked: NoticeAddress, now: Date) => ({
  ...asked,
  confirmed_at: now.toISOString(),
  token_hash: null,
});
