import { Badge } from '@mantine/core';
import { phoneState, type Phone } from './phone-names.ts';

/** Whether a phone rings. */
export function PhoneBadge({ phone }: { readonly phone: Phone }) {
  const { text, color } = phoneState(phone);
  return (
    <Badge variant="light" color={color}>
      {text}
    </Badge>
  );
}
