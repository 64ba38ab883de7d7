import { productEvents } from './product-events.dataset.ts'

export const productDatasets = [productEvents]
