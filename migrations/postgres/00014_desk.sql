-- +goose Up

-- What the administrators' desk asks for, a page at a time.
CREATE INDEX proofings_due ON proofings (status, expires_at, id);
CREATE INDEX requests_answered ON requests (id) WHERE answered_at <> 0;
