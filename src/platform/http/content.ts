import { AppError } from '../errors.ts'

/** The media type of a body in small letters, '' for none, and whether its text is UTF-8, as JSON's has to be. */
export const contentTypeOf = (header = ''): { readonly type: string; readonly isUtf8: boolean } => {
  const [type = '', ...parameters] = header
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  const charset = parameters
    .find((each) => each.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '')
  return { type, isUtf8: charset === undefined || ['utf-8', 'utf8', 'us-ascii'].includes(charset) }
}

/** How a body is packed; undefined for one that is as it is. */
export const packingOf = (contentEncoding = ''): string | undefined => {
  const encoding = contentEncoding.trim().toLowerCase()
  return encoding === '' || encoding === 'identity' ? undefined : encoding
}

/** Throws UNSUPPORTED_MEDIA_TYPE for a body that has to be unpacked, or read as another charset than UTF-8. */
export const refusePacked = (headers: Readonly<Record<string, string | string[] | undefined>>): void => {
  const { 'content-type': type, 'content-encoding': encoding } = headers
  if (packingOf(String(encoding ?? '')) !== undefined)
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as it is, without Content-Encoding.')
  if (!contentTypeOf(String(type ?? '')).isUtf8)
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send the body in UTF-8, as JSON is.')
}
