import { Text } from '@mantine/core';
import { t } from '../texts/texts.ts';
import { Mailbox } from '../voicemail/mailbox.tsx';
import type { Person } from '../resources/person.ts';

/** The messages of a person, and how they are taken. */
export function UserVoicemail({ person: { extension } }: { readonly person: Person }) {
  if (extension === null) return <Text>{t('A person with an extension has a voicemail box.')}</Text>;
  return <Mailbox place={{ mailbox: extension }} isOwn={false} />;
}
