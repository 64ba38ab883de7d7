/** What is to be done by hand for channels that the secret does not open; nothing where there are none. */
export const channelAdvice = (locked: number): string =>
  locked === 0
    ? ''
    : `Notification channels that were encrypted with another HELIOGRAPH_SECRET, and that nothing reaches: ${locked}. ` +
      'Give each its target anew (updateNotificationChannel).'
