import { t } from '../texts/texts.ts';
import { Page } from '../kit/page.tsx';
import { Mailbox, requestsOf } from './mailbox.tsx';

/** "How is the mailbox of this person set up?" For who administers it. @param id its name */
export function MailboxPage({ id }: { readonly id: string }) {
  const place = { mailbox: id };
  return (
    <Page title={t('Mailbox {name}', { name: id })} requests={requestsOf(place)}>
      <Mailbox place={place} isOwn={false} />
    </Page>
  );
}
