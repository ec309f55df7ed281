INSERT INTO items (sku, name, price_cents, stock) VALUES
    ('KEYBOARD-75', 'Mechanical keyboard, 75 %', 8990, 250),
    ('MOUSE-ERGO', 'Ergonomic mouse', 4590, 400),
    ('MONITOR-27', 'Monitor, 27 inches', 27900, 120),
    ('HEADSET-USB', 'Headset with microphone', 6490, 300),
    ('WEBCAM-HD', 'Webcam, 1080p', 5290, 180),
    ('DOCK-USBC', 'Docking station, USB-C', 15900, 90);
