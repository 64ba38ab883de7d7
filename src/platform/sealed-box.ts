import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

export type SealedBox = {
  close(id: string, text: string): Buffer
  /** Throws when it was closed with another secret, for another purpose, or under another id. */
  open(id: string, box: Uint8Array): string
}

/**
 * What is kept encrypted by the secret of the program. AES-256-GCM: 12 bytes of nonce, 16 of tag, then the
 * text. The id of the row is authenticated with it, so that no row passes for another. Each `purpose` has a key
 * of its own.
 */
export const createSealedBox = (secret: string, purpose: string): SealedBox => {
  const key = Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))
  return {
    close: (id, text) => {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(id))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
    },
    open: (id, box) => {
      const cipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, 12)).setAAD(Buffer.from(id))
      cipher.setAuthTag(box.subarray(12, 28))
      return Buffer.concat([cipher.update(box.subarray(28)), cipher.final()]).toString('utf8')
    },
  }
}
