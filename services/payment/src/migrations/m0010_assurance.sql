-- The version of its procedure that an order's dossier keeps, which says how surely its payer must be known; unknown of orders from before.
ALTER TABLE orders ADD COLUMN procedure_version integer;
