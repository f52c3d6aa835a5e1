import { Alert } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { textIn, type JsonObject } from '../../json-value.ts';
import { t } from '../texts/texts.ts';
import { request, type ApiRequest } from '../kit/api.ts';
import { violationsOf } from '../kit/api-error.ts';
import { ownMailboxKey } from '../kit/own-mailbox.ts';
import { Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { answered } from '../resources/answers.ts';
import { Greetings } from './greetings.tsx';
import { Messages } from './messages.tsx';
import { greetingPath, messagePath, requestAt, settingsKey, settingsPath, type Place } from './place.ts';
import { SettingsForm } from './settings-form.tsx';

/** What can be done with a mailbox, for a shell. */
export const requestsOf = (place: Place): readonly ApiRequest[] => [
  requestAt(place, 'GET', '/voicemail', { query: { mailbox: place.mailbox, status: 'new' } }),
  requestAt(place, 'GET', messagePath('vm_…')),
  requestAt(place, 'POST', messagePath('vm_…'), { body: { action: 'read' } }),
  requestAt(place, 'DELETE', messagePath('vm_…')),
  requestAt(place, 'PUT', greetingPath(place, 'unavailable'), { body: { content_type: 'audio/wav', size: 192_044 } }),
  requestAt(place, 'PUT', settingsPath(place), { body: { pin: '480163', notify_email: 'ann@example.com' } }),
];

type MailboxProps = {
  readonly place: Place;
  /** It is that of the person itself. */
  readonly isOwn: boolean;
};

/** The messages of a mailbox, and its settings. */
export function Mailbox({ place, isOwn }: MailboxProps) {
  const canChange = isAllowed(useSession(), ['messaging:write']);
  const { data, error } = useQuery({
    queryKey: settingsKey(place),
    queryFn: async () => answered(await request(requestAt(place, 'GET', settingsPath(place)))).values,
  });
  return (
    <>
      <Messages place={place} canChange={canChange} />
      <Greetings place={place} canChange={canChange} />
      <Problem error={error} />
      {data !== undefined && <Settings place={place} saved={data} isOwn={isOwn} isReadOnly={!canChange} />}
    </>
  );
}

type SettingsProps = Pick<MailboxProps, 'place' | 'isOwn'> & {
  readonly saved: JsonObject;
  readonly isReadOnly: boolean;
};

function Settings({ place, saved, isOwn, isReadOnly }: SettingsProps) {
  const queries = useQueryClient();
  const saving = useMutation({
    mutationFn: async (body: object) => answered(await request(requestAt(place, 'PUT', settingsPath(place), { body }))),
    onSuccess: async ({ values }) => {
      queries.setQueryData(settingsKey(place), values);
      await queries.invalidateQueries({ queryKey: ownMailboxKey });
    },
  });
  const violations = violationsOf(saving.error);
  return (
    <>
      <SettingsForm
        key={textIn(saved['updated_at'])}
        saved={saved}
        isOwn={isOwn}
        isReadOnly={isReadOnly}
        isSending={saving.isPending}
        errorOf={(field) => violations.find(({ path }) => path === field)?.message ?? null}
        onSave={(body) => saving.mutate(body)}
      />
      <Problem error={saving.error} />
      {saving.isSuccess && (
        <Alert color="green" role="status">
          {t('Saved.')} {saving.data.warnings.join(' ')}
        </Alert>
      )}
    </>
  );
}
