import type { Kind, OutboxMessage, SentEmail, SentSms, SentWebhook } from './message.ts';
import type { OutboxPage, OutboxQuery } from './outbox.ts';
import { script, style } from './page-assets.ts';
import { escapeHtml } from '#schema/markup.ts';

/** The outbox as HTML. Everything of a message is text here, but the HTML of an e-mail, which has a frame. */

export const outboxPath = '/_local/outbox';

const fields = (values: Readonly<Record<string, string | number | null | undefined>>): string =>
  `<dl>${Object.entries(values)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(String(value))}</dd>`)
    .join('')}</dl>`;

const block = (text: string | null): string => (text === null || text === '' ? '' : `<pre>${escapeHtml(text)}</pre>`);

const plural = (count: number, name: string): string => `${count} ${name}${count === 1 ? '' : 's'}`;

/** Not loaded before someone opens the message. */
const mailFrame = (id: string): string =>
  `<iframe sandbox loading="lazy" title="HTML" src="${outboxPath}/email/${encodeURIComponent(id)}/html"></iframe>`;

/** How a kind of messages is shown: in one line, and opened. */
type View = {
  readonly name: string;
  readonly to: string;
  readonly title: string;
  readonly content: string;
  readonly isFailed?: boolean;
};

const emailView = (mail: SentEmail): View => ({
  name: 'e-mail',
  to: mail.to,
  title: mail.subject,
  content:
    fields({
      From: mail.from,
      To: mail.to,
      Cc: mail.cc,
      Subject: mail.subject,
      Attachments: mail.attachments
        .map(({ filename, type, size }) => `${filename} (${type}, ${plural(size, 'byte')})`)
        .join(', '),
      File: mail.file,
    }) +
    (mail.html === null ? '' : mailFrame(mail.id)) +
    block(mail.text),
});

const smsView = ({ from, to, message, type, file }: SentSms): View => ({
  name: 'SMS',
  to,
  title: message,
  content: fields({ From: from, To: to, Type: type, File: file }) + block(message),
});

const indented = (json: string | null): string | null => {
  try {
    return json === null ? null : JSON.stringify(JSON.parse(json), undefined, 2);
  } catch {
    return json;
  }
};

const webhookView = (call: SentWebhook): View => ({
  name: 'webhook',
  to: call.url ?? call.webhook_id,
  title: `${call.event_type} → ${call.response_status ?? call.error ?? call.status}`,
  isFailed: call.error !== null,
  content:
    fields({
      URL: call.url,
      Webhook: call.webhook_id,
      Event: `${call.event_type} ${call.event_id}`,
      Attempt: `${call.attempt}, ${call.status}`,
      Answer: call.response_status,
      Error: call.error,
      Duration: call.duration_ms === null ? null : `${call.duration_ms} ms`,
    }) +
    block(indented(call.body)) +
    block(call.response_excerpt),
});

function viewOf(message: OutboxMessage): View {
  if ('problem' in message)
    return {
      name: message.kind,
      to: message.id,
      title: 'cannot be read',
      isFailed: true,
      content: fields({ File: message.file, Problem: message.problem }),
    };
  if (message.kind === 'email') return emailView(message);
  return message.kind === 'sms' ? smsView(message) : webhookView(message);
}

function articleOf(message: OutboxMessage): string {
  const { name, to, title, content, isFailed = false } = viewOf(message);
  const time = message.at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
  const id = escapeHtml(`${message.kind}-${message.id}-${message.at}`);
  return `<article id="${id}"${isFailed ? ' class="failed"' : ''}>
<details><summary><span class="kind">${escapeHtml(name)}</span><span>${escapeHtml(to)}</span>
<strong>${escapeHtml(title.slice(0, 200))}</strong><time datetime="${message.at}">${time}</time></summary>
<div class="content">${content}</div></details></article>`;
}

const addressOf = ({ kind, before }: Partial<OutboxQuery>): string => {
  const query = new URLSearchParams({ ...(kind && { kind }), ...(before && { before }) }).toString();
  return escapeHtml(query === '' ? outboxPath : `${outboxPath}?${query}`);
};

const sections: readonly (readonly [kind: Kind | undefined, name: string])[] = [
  [undefined, 'All'],
  ['email', 'E-mail'],
  ['sms', 'SMS'],
  ['webhook', 'Webhooks'],
];

function linksFor({ kind }: OutboxQuery): string {
  const link = ([each, name]: (typeof sections)[number]): string =>
    `<a href="${addressOf({ kind: each })}"${each === kind ? ' aria-current="page"' : ''}>${name}</a>`;
  return sections.map(link).join('\n');
}

/** @param tag of the page, by which its script asks for changes */
export const renderOutbox = (
  { messages, next }: OutboxPage,
  query: OutboxQuery,
  tag: string,
): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Outbox</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body data-tag="${escapeHtml(tag)}">
<header><h1>Outbox</h1><nav>
${linksFor(query)}
</nav><span id="state">live</span></header>
<main>${messages.map(articleOf).join('\n')}</main>
<footer>${next === null ? '' : `<a href="${addressOf({ kind: query.kind, before: next })}">Older messages</a>`}</footer>
<script type="module">${script}</script>
</body>
</html>
`;
