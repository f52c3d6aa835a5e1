import { Text } from '@mantine/core';
import { useOwnMailbox } from '../kit/own-mailbox.ts';

/** How many messages of the person's mailbox no one has heard. Nothing, if it has no mailbox. */
export function NewMessages() {
  const { data } = useOwnMailbox();
  if (data === undefined || data === null) return null;
  return <Text size="sm">New voicemail messages: {data.counts.new}</Text>;
}
