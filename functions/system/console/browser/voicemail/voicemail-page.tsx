import { Text } from '@mantine/core';
import { t } from '../texts/texts.ts';
import { useOwnMailbox } from '../kit/own-mailbox.ts';
import { Page, Problem } from '../kit/page.tsx';
import { useAudience } from '../kit/selling.ts';
import { useSession } from '../kit/session.tsx';
import { Mailbox, requestsOf } from './mailbox.tsx';

/** "Who left me a message?" The mailbox of the person itself. Not that of the organization it looks at. */
export function VoicemailPage() {
  const { org_id: organization, sub } = useSession();
  const { data: mailbox, error } = useOwnMailbox();
  const finding = { method: 'GET', path: '/voicemailprefs', query: { org_id: organization, user_id: sub } };
  const place = { mailbox: mailbox?.mailbox ?? '', organization };
  return (
    <Page
      title={useAudience() === 'worker' ? t('Voicemail') : t('My voicemail')}
      requests={[finding, ...(mailbox ? requestsOf(place) : [])]}
    >
      <Problem error={error} />
      {mailbox === null && <Text>{t('You have no mailbox. A user with an extension has one.')}</Text>}
      {mailbox && <Mailbox key={mailbox.mailbox} place={place} isOwn />}
    </Page>
  );
}
