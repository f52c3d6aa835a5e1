import { bodyOf, draftOf } from './handling-draft.ts';
import { CallHandlingForm } from './handling-form.tsx';
import { t } from '../texts/texts.ts';
import { Page } from '../kit/page.tsx';
import type { ApiRequest } from '../kit/api.ts';
import { useAudience } from '../kit/selling.ts';
import { useSession } from '../kit/session.tsx';

/** "What happens with calls to me?" Needs no right. Not for another organization that the person looks at. */
export function CallHandlingPage() {
  const { org_id: organization } = useSession();
  const reading: ApiRequest = { method: 'GET', path: '/users/me/callhandling', query: { org_id: organization } };
  return (
    <Page
      title={useAudience() === 'worker' ? t('Forwarding') : t('My call handling')}
      requests={[reading, { ...reading, method: 'PUT', body: { ...bodyOf(draftOf({})), do_not_disturb: true } }]}
    >
      <CallHandlingForm reading={reading} isReadOnly={false} />
    </Page>
  );
}
