import { useState } from 'react';
import { textIn, type JsonObject } from '../../json-value.ts';
import { Checkbox, NumberInput, PasswordInput, Select, TextInput } from '../kit/form-inputs.tsx';
import { t } from '../texts/texts.ts';
import { FormFrame, Section } from '../kit/form-frame.tsx';
import { TargetPicker } from '../kit/target-picker.tsx';
import { changesOf, draftOf, type Draft } from './settings-draft.ts';

type FormProps = {
  readonly saved: JsonObject;
  readonly isOwn: boolean;
  readonly isReadOnly: boolean;
  readonly isSending: boolean;
  /** @param field name in the body */
  readonly errorOf: (field: string) => string | null;
  readonly onSave: (body: object) => void;
};

/** The preferences of a mailbox. */
export function SettingsForm({ saved, isOwn, isReadOnly, isSending, errorOf, onSave }: FormProps) {
  const [draft, setDraft] = useState(() => draftOf(saved));
  const props = {
    draft,
    saved,
    errorOf,
    onChange: (part: Partial<Draft>) => setDraft((all) => ({ ...all, ...part })),
  };
  return (
    <FormFrame
      {...{ isReadOnly, isSending }}
      label={t('Settings of the mailbox')}
      submit={t('Save settings')}
      onSubmit={() => onSave(changesOf(draft, saved))}
    >
      <Taking {...props} isOwn={isOwn} />
      <Notices {...props} />
      <Access {...props} />
      <Limits {...props} />
    </FormFrame>
  );
}

type SectionProps = Pick<FormProps, 'saved' | 'errorOf'> & {
  readonly draft: Draft;
  readonly onChange: (part: Partial<Draft>) => void;
};

/** Which greetings there are. One of its own must have been recorded. */
const greetingsWith = (saved: JsonObject) => [
  { value: 'default', label: t('the greeting of the platform') },
  { value: 'name', label: t('the name, and that the person is not available') },
  { value: 'custom', label: t('an own greeting'), disabled: textIn(saved['greeting_file_id']) === '' },
];

function Taking({ draft, saved, errorOf, onChange, isOwn }: SectionProps & Pick<FormProps, 'isOwn'>) {
  return (
    <Section title={t('Mailbox')}>
      <Checkbox
        label={t('Callers may leave messages')}
        checked={draft.enabled}
        onChange={({ target }) => onChange({ enabled: target.checked })}
      />
      <Select
        label={t('Callers hear')}
        maw={400}
        allowDeselect={false}
        data={greetingsWith(saved)}
        value={draft.greeting_type}
        error={errorOf('greeting_type')}
        onChange={(greeting_type) => onChange({ greeting_type: greeting_type ?? 'default' })}
      />
      {!isOwn && (
        <TargetPicker
          kind="user"
          label={t('Owner')}
          description={t('Empty: the user who has the name of the mailbox as extension')}
          value={draft.user_id}
          error={errorOf('user_id')}
          onChange={(user_id) => onChange({ user_id })}
        />
      )}
    </Section>
  );
}

function Notices({ draft, errorOf, onChange }: SectionProps) {
  return (
    <Section title={t('Notices of new messages')}>
      <TextInput
        label={t('E-mail to')}
        type="email"
        maw={400}
        value={draft.notify_email}
        error={errorOf('notify_email')}
        onChange={({ target }) => onChange({ notify_email: target.value })}
      />
      <Checkbox
        label={t('The e-mail has the message attached, up to 5 MB')}
        checked={draft.attach_audio}
        error={errorOf('attach_audio')}
        onChange={({ target }) => onChange({ attach_audio: target.checked })}
      />
      <Checkbox
        label={t('The message is deleted when the e-mail with it was delivered')}
        checked={draft.delete_after_email}
        error={errorOf('delete_after_email')}
        onChange={({ target }) => onChange({ delete_after_email: target.checked })}
      />
      <TextInput
        label={t('SMS to')}
        placeholder="+46701234567"
        maw={400}
        value={draft.notify_sms}
        error={errorOf('notify_sms')}
        onChange={({ target }) => onChange({ notify_sms: target.value })}
      />
    </Section>
  );
}

function Access({ draft, saved, errorOf, onChange }: SectionProps) {
  return (
    <Section title={t('Hearing messages by phone')}>
      <PasswordInput
        label={t('New PIN')}
        description={saved['pin_set'] === true ? t('A PIN is set. Empty: it stays.') : t('No PIN is set.')}
        maw={400}
        inputMode="numeric"
        autoComplete="new-password"
        value={draft.pin}
        error={errorOf('pin')}
        onChange={({ target }) => onChange({ pin: target.value })}
      />
      {saved['pin_set'] === true && (
        <Checkbox
          label={t('Remove the PIN: the mailbox is then reached by the owner’s phones only')}
          checked={draft.isPinRemoved}
          onChange={({ target }) => onChange({ isPinRemoved: target.checked })}
        />
      )}
      <Checkbox
        label={t('The owner’s phones ask for the PIN, too')}
        checked={draft.pin_from_own_phone}
        onChange={({ target }) => onChange({ pin_from_own_phone: target.checked })}
      />
      <Checkbox
        label={t('Who hears messages from outside may call back at the owner’s cost')}
        checked={draft.callback_from_outside}
        onChange={({ target }) => onChange({ callback_from_outside: target.checked })}
      />
    </Section>
  );
}

function Limits({ draft, errorOf, onChange }: SectionProps) {
  return (
    <Section title={t('Limits')}>
      <NumberInput
        label={t('Messages that the mailbox holds')}
        maw={320}
        value={draft.max_messages}
        error={errorOf('max_messages')}
        onChange={(max_messages) => onChange({ max_messages })}
      />
      <NumberInput
        label={t('Longest message, seconds')}
        maw={320}
        value={draft.max_duration_seconds}
        error={errorOf('max_duration_seconds')}
        onChange={(max_duration_seconds) => onChange({ max_duration_seconds })}
      />
      <NumberInput
        label={t('Days after which messages are deleted')}
        placeholder={t('never')}
        maw={320}
        value={draft.retention_days}
        error={errorOf('retention_days')}
        onChange={(retention_days) => onChange({ retention_days })}
      />
      <TextInput
        label={t('Time zone')}
        placeholder={t('that of the organization')}
        maw={320}
        value={draft.timezone}
        error={errorOf('timezone')}
        onChange={({ target }) => onChange({ timezone: target.value })}
      />
      <TextInput
        label={t('Language')}
        placeholder={t('that of the organization')}
        maw={320}
        value={draft.language}
        error={errorOf('language')}
        onChange={({ target }) => onChange({ language: target.value })}
      />
    </Section>
  );
}
